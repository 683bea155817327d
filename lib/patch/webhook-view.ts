import type { PatchEvent } from '#lib/patch/patch-events';

/** So long the secret before a new one signs too, unless someone chooses otherwise. */
export const OLD_SECRET_HOURS = 24;
export const OLD_SECRET_MOST_HOURS = 168;

/** GET /api/v1/webhooks */
export type WebhooksView = {
  /** Where webhooks may lead, as the settings have it; none: there are no webhooks. */
  readonly hosts: readonly string[];
  readonly webhooks: readonly WebhookView[];
};

export type WebhookView = {
  readonly id: string;
  readonly name: string;
  /** `https://hooks.example.org`; the path may be a secret and is not shown. */
  readonly host: string;
  readonly events: readonly PatchEvent[];
  readonly isPaused: boolean;
  /** Its address and secret cannot be opened: the key is another one. */
  readonly isLost: boolean;
  /** Until when the secret before signs too; null: one signs. */
  readonly oldSecretUntil: string | null;
  /** What it was to be told and did not take, however often it was tried. */
  readonly givenUp: { readonly count: number; readonly lastAt: string } | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly last: DeliveryView | null;
};

export type DeliveryView = {
  readonly id: string;
  readonly event: PatchEvent | 'test';
  /** Null: a test. */
  readonly patch: { readonly number: number; readonly incident: number } | null;
  readonly at: string;
  readonly state: 'waiting' | 'sent' | 'failed';
  readonly attempts: number;
  readonly triedAt: string | null;
  /** Of the next try; null where there is none. */
  readonly nextAt: string | null;
  /** HTTP status of the last answer. */
  readonly status: number | null;
  readonly problem: string | null;
};

/** GET /api/v1/webhooks/<id>/deliveries, the newest first. `next`: what to ask with for the older ones. */
export type DeliveriesView = { readonly deliveries: readonly DeliveryView[]; readonly next: string | null };
