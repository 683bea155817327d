import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { hostWords } from '#lib/adapters/webhooks/webhook-hosts';
import { Failure } from '#lib/base/failure';
import { PATCH_EVENTS } from '#lib/patch/patch-events';
import type { DeliveriesView, DeliveryView, WebhooksView } from '#lib/patch/webhook-view';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import { openWebhook, secretsOf } from '#lib/recovery/webhooks/webhook-record';

const PAGE = 50;
const Events = z.array(z.enum(PATCH_EVENTS));
const Event = z.enum([...PATCH_EVENTS, 'test']);
const State = z.enum(['waiting', 'sent', 'failed']);
const NEWEST = [{ at: 'desc' }, { id: 'desc' }] as const;

/** The webhooks, by name, each with what it was told last. */
export async function listWebhooks({ store, env, key, actor }: Context): Promise<WebhooksView> {
  permit(actor, 'webhook.change');
  const records = await store.webhook.findMany({
    include: { deliveries: { orderBy: [...NEWEST], take: 1 } },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  });
  const nameOf = await readNames(store);
  const patchOf = await readPatches(
    store,
    records.flatMap(({ deliveries }) => deliveries),
  );
  const givenUp = await readGivenUp(store);
  const now = new Date();
  return {
    hosts: env.webhookHosts.map(hostWords),
    webhooks: records.map((record) => {
      const [last] = record.deliveries;
      const { id, name, host, events, pausedAt, createdAt, createdBy } = record;
      const opened = openWebhook(key, record);
      const signs = opened === null ? [] : secretsOf(opened, now);
      return {
        id,
        name,
        host,
        events: Events.parse(events),
        isPaused: pausedAt !== null,
        isLost: opened === null,
        oldSecretUntil: signs.length > 1 ? (opened?.old?.until ?? null) : null,
        givenUp: givenUp.get(id) ?? null,
        createdAt: isoOf(createdAt),
        createdBy: nameOf(createdBy),
        last: last === undefined ? null : viewOf(last, patchOf),
      };
    }),
  };
}

/** What was given up and not sent again since, of each webhook. What a retention rule let go is not counted. */
async function readGivenUp(store: StoreTransaction) {
  const found = await store.webhookDelivery.groupBy({
    by: ['webhookId'],
    where: { state: 'failed', problem: { not: null } },
    _count: true,
    _max: { triedAt: true },
  });
  return new Map(
    found.map(({ webhookId, _count: count, _max: { triedAt } }) => [
      webhookId,
      { count, lastAt: isoOf(triedAt ?? new Date(0)) },
    ]),
  );
}

export const ListDeliveriesInput = z.object({ id: z.uuid(), after: z.uuid().exactOptional() });

/** What a webhook was told, the newest first, 50 at a time. `after`: the last of the page before. Failure not_found. */
export async function listDeliveries(
  { store, actor }: Context,
  { id, after }: z.output<typeof ListDeliveriesInput>,
): Promise<DeliveriesView> {
  permit(actor, 'webhook.change');
  if ((await store.webhook.count({ where: { id } })) === 0)
    throw new Failure('not_found', 'There is no such webhook.');
  const rows = await store.webhookDelivery.findMany({
    where: { webhookId: id },
    orderBy: [...NEWEST],
    take: PAGE + 1,
    ...(after === undefined ? {} : { cursor: { id: after }, skip: 1 }),
  });
  const shown = rows.slice(0, PAGE);
  const patchOf = await readPatches(store, shown);
  return {
    deliveries: shown.map((row) => viewOf(row, patchOf)),
    next: rows.length > PAGE ? (shown.at(-1)?.id ?? null) : null,
  };
}

type Row = Awaited<ReturnType<StoreTransaction['webhookDelivery']['findFirstOrThrow']>>;
type PatchOf = (id: string | null) => DeliveryView['patch'];

async function readPatches(store: StoreTransaction, rows: readonly Row[]): Promise<PatchOf> {
  const ids = [...new Set(rows.flatMap(({ patchId }) => patchId ?? []))];
  const select = { id: true, number: true, incident: { select: { number: true } } } as const;
  const patches = await store.patch.findMany({ where: { id: { in: ids } }, select });
  const byId = new Map(
    patches.map(({ id, number, incident }) => [id, { number, incident: incident.number }]),
  );
  return (id) => (id === null ? null : (byId.get(id) ?? null));
}

function viewOf(row: Row, patchOf: PatchOf): DeliveryView {
  const { id, at, attempts, triedAt, nextAt, status, problem } = row;
  const state = State.parse(row.state);
  return {
    id,
    event: Event.parse(row.event),
    patch: patchOf(row.patchId),
    at: isoOf(at),
    state,
    attempts,
    triedAt: isoOrNull(triedAt),
    nextAt: state === 'waiting' ? isoOf(nextAt) : null,
    status,
    problem,
  };
}
