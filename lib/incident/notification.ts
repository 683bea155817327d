/** What people are told in the page unless they turn it off, in the order of their settings. */
export const CHOSEN_KINDS = [
  'mentioned',
  'comment',
  'approval_wanted',
  'changes_requested',
  'approved',
  'reopened',
  'withdrawn',
  'applied',
  'failed',
  'rolled_back',
  'unknown',
  'stale',
  'alarm',
  'not_delivered',
] as const;
export type ChosenKind = (typeof CHOSEN_KINDS)[number];
/** All: that somebody made a way in under one's name, who approves from now on, and what an approval needs, is always told. */
export const NOTIFICATION_KINDS = [...CHOSEN_KINDS, 'way_in', 'may_approve', 'policies'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export type NotificationView = {
  readonly id: string;
  readonly kind: NotificationKind;
  /** `Mira asked for changes to patch 4.` */
  readonly text: string;
  /** The beginning of the comment; null where it is about none, or one that was deleted. */
  readonly excerpt: string | null;
  /** `INC-7` and its title; null where it is about a webhook or a person. */
  readonly incident: { readonly reference: string; readonly title: string } | null;
  /** The page that shows what it is about. */
  readonly href: string;
  readonly at: string;
  readonly isRead: boolean;
};

/** GET /api/v1/notifications: the newest, and how many are not read. */
export type Notifications = { readonly unread: number; readonly newest: readonly NotificationView[] };

/** GET /api/v1/notifications/settings: the kinds that the person does not want to be told. */
export type NotificationSettings = { readonly off: readonly ChosenKind[] };
