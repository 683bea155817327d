import type { StoreTransaction } from '#lib/adapters/store/client';
import { PATCH_EVENT_WORDS, PATCH_EVENTS, type PatchEvent } from '#lib/patch/patch-events';
import type { Env } from '#lib/recovery/setup/env';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';

/** Written before the live store is touched: told with the page of the review. */
const REVIEW: readonly PatchEvent[] = [
  'patch.proposed',
  'patch.changes_requested',
  'patch.approved',
  'patch.expired',
  'patch.reopened',
  'patch.withdrawn',
];

export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly patchId: string | null;
  readonly actor: string;
  readonly occurrence: number;
  readonly at: Date;
};

/** What is sent: docs/webhooks.md. No value of a row is in it. */
export type Message = { readonly body: string; readonly key: string };

/** Words the message of a delivery. Null where its patch is gone. */
export async function messageOf(
  store: StoreTransaction,
  env: Pick<Env, 'origin' | 'port'>,
  delivery: Delivery,
): Promise<Message | null> {
  const { id, event, patchId, at, occurrence } = delivery;
  const origin = env.origin ?? `http://127.0.0.1:${env.port}`;
  const head = { id, event, at: isoOf(at) };
  if (patchId === null) {
    const text = 'This is a test message of Recount. Nothing has happened.';
    const body = { ...head, incident: null, patch: null, live_store: null, url: origin, text };
    return { body: JSON.stringify(body), key: `${id}:${event}` };
  }
  const patch = await store.patch.findUnique({
    where: { id: patchId },
    include: { incident: true, run: { include: { liveStore: true } }, undoes: { select: { seal: true } } },
  });
  if (patch === null) return null;
  const { number, seal, incident, run } = patch;
  const rows = patch.updates + patch.inserts + patch.deletes;
  const ref = `INC-${incident.number}`;
  const known = PATCH_EVENTS.find((one) => one === event);
  const isReview = REVIEW.some((one) => one === event);
  const url = `${origin}/incidents/${ref}/${isReview ? 'review' : 'apply'}`;
  const who = (await readNames(store))(delivery.actor);
  const words = known === undefined ? event : PATCH_EVENT_WORDS[known];
  const undoes = patch.undoes?.seal ?? null;
  const text = `${undoes === null ? 'Patch' : 'Undo'} ${number} of ${ref} “${incident.title}” ${words}. ${rowsWords(rows)}, by ${who}. ${url}`;
  const body = {
    ...head,
    incident: { ref, title: incident.title },
    patch: { number, seal, rows, undoes },
    live_store: run.liveStore?.name ?? null,
    url,
    text: plain(text),
  };
  const again = occurrence === 1 ? '' : `:${occurrence}`;
  return { body: JSON.stringify(body), key: `${seal}:${event}${again}` };
}

const rowsWords = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`);

/** Chat programs read `<…>` in a text as a link or a call to everybody: a title must be neither. */
const plain = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
