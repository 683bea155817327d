import { expect, it } from 'vitest';
import { chooseState } from '#components/new-incident/choose-state.ts';
import { type Draft, EMPTY_DRAFT } from '#components/new-incident/draft.ts';
import { missingOfDraft } from '#lib/plan/parse';
import type { State } from '#lib/plan/plan';

const BUCKET = { column: 'hour', size: '1h', timezone: 'UTC' };
/** What only one state may have, all at once. */
const FULL: Draft = {
  ...EMPTY_DRAFT,
  plan: {
    archive: { at: 'a.csv', fields: { time: 'at', deleted: "op = 'd'" } },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z' },
    calculation: { name: 'c', versions: [{ version: 1, keys: { k: 'k' }, measures: { total: 'last(v)' } }] },
    live: {
      store: 'live.csv',
      state: 'window',
      keys: ['k'],
      bucket: BUCKET,
      baseline: 'none',
      cut: '2024-06-10T14:00:00Z',
    },
    patch: { only_in_live: 'delete', archive_is_complete: true, guard: 'value' },
    control: { from: '2024-06-10T10:00:00Z', to: '2024-06-10T11:00:00Z' },
  },
};

it.each<State>(['window', 'bucketed', 'running', 'latest'])(
  'a draft that had everything is a plan once the state %s is chosen',
  (state) => {
    const { plan } = chooseState(FULL, state, null);
    expect(missingOfDraft(plan)).toEqual([]);
    expect([plan.live?.state, 'bucket' in (plan.live ?? {}), 'baseline' in (plan.live ?? {})]).toEqual([
      state,
      state === 'bucketed',
      state === 'running',
    ]);
    expect(plan.archive?.fields?.deleted).toBe(state === 'latest' ? "op = 'd'" : undefined);
    expect(plan.patch?.guard).toBe(state === 'running' ? 'value' : undefined);
  },
);

it('proposes a bucket where there is none, and keeps the one that was written', () => {
  const empty = { ...EMPTY_DRAFT, plan: { live: { keys: ['k'] } } };
  expect(chooseState(empty, 'bucketed', BUCKET).plan).toEqual({
    live: { keys: ['k'], state: 'bucketed', bucket: BUCKET },
  });
  const own = { ...EMPTY_DRAFT, plan: { live: { bucket: { size: '1d' } } } };
  expect(chooseState(own, 'bucketed', BUCKET).plan.live?.bucket).toEqual({ size: '1d' });
});
