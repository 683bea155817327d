import { expect, test } from 'vitest';
import { EMPTY_DRAFT, editArchive } from '#components/new-incident/draft.ts';
import { type DraftBody, DraftStore } from '#components/new-incident/draft-store.ts';
import { ApiError } from '#components/query/api.ts';
import type { IncidentView } from '#lib/incident/incident';

const viewOf = (number: number, body: DraftBody): IncidentView => ({
  id: 'x',
  number,
  title: body.title,
  stage: 'archive',
  stageWord: 'Draft',
  tone: 'neutral',
  plan: { ...body.plan, live: { ...body.plan.live, store: 'filled in by the server' } },
  planRevision: 1,
  missing: [],
  archive: null,
  liveStore: null,
  survey: null,
  edition: null,
  latestRun: null,
  patch: null,
  closedAt: null,
  erased: null,
  owner: 'local',
  openedAt: '2026-11-22T10:00:00.000000Z',
  updatedAt: '2026-11-22T10:00:00.000000Z',
  sample: false,
});

/** Records what is asked for and answers after a moment, as the server does. */
function recorder() {
  const calls: { number: number | null; title: string }[] = [];
  const fail = { next: false };
  return {
    calls,
    fail,
    save: async (number: number | null, body: DraftBody) => {
      calls.push({ number, title: body.title });
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (fail.next) {
        fail.next = false;
        throw new ApiError('network', 'No answer.', { fix: '', status: 0 });
      }
      return viewOf(number ?? 7, body);
    },
  };
}

test('makes one incident, also when typing goes on while it is saved', async () => {
  const { calls, save } = recorder();
  const store = new DraftStore({ draft: EMPTY_DRAFT, view: null }, save, 1);
  store.edit((draft) => ({ ...draft, title: 'A' }));
  await new Promise((resolve) => setTimeout(resolve, 3));
  store.edit((draft) => ({ ...draft, title: 'AB' }));
  expect((await store.flush())?.number).toBe(7);
  expect(calls.at(0)).toEqual({ number: null, title: 'A' });
  expect(calls.at(-1)).toEqual({ number: 7, title: 'AB' });
  expect(calls.filter((call) => call.number === null)).toHaveLength(1);
  expect(store.snapshot()).toMatchObject({ state: 'clean', draft: { title: 'AB' } });
});

test('an unnamed draft is saved under a stand-in, and stays unnamed in the form', async () => {
  const { calls, save } = recorder();
  const store = new DraftStore({ draft: EMPTY_DRAFT, view: null }, save, 1);
  store.edit((draft) => editArchive(draft, () => ({ timezone: 'UTC' })));
  await store.flush();
  expect(calls).toEqual([{ number: null, title: 'Untitled incident' }]);
  expect(store.snapshot().draft).toMatchObject({
    title: '',
    plan: { live: { store: 'filled in by the server' } },
  });
});

test('a save that failed says so, keeps what was typed, and is made good by the next', async () => {
  const { save, fail } = recorder();
  const store = new DraftStore({ draft: EMPTY_DRAFT, view: null }, save, 1);
  fail.next = true;
  store.edit((draft) => ({ ...draft, title: 'A' }));
  expect(await store.flush()).toBeNull();
  expect(store.snapshot()).toMatchObject({
    state: 'failed',
    draft: { title: 'A' },
    error: { code: 'network' },
  });
  expect((await store.flush())?.title).toBe('A');
  expect(store.snapshot()).toMatchObject({ state: 'clean', error: null });
});
