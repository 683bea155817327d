import { expect, it } from 'vitest';
import { PATCH_STATES, type PatchState } from '#lib/patch/patch';
import {
  GIVEN_UP,
  NOT_STANDING,
  PATCH_EDGES,
  type PatchEdge,
  STATE_WORDS,
  UNDER_WAY,
  WRITTEN,
} from '#lib/patch/state';

const edges = Object.entries(PATCH_EDGES) as [PatchEdge, { from: readonly PatchState[]; to: PatchState }][];

function reachable(from: PatchState): Set<PatchState> {
  const seen = new Set<PatchState>([from]);
  for (const state of seen) for (const [, edge] of edges) if (edge.from.includes(state)) seen.add(edge.to);
  return seen;
}

it('leads from proposed to every state', () => {
  expect([...reachable('proposed')].sort()).toEqual([...PATCH_STATES].sort());
});

it('is written only by way of an approval and of the commit that follows it', () => {
  for (const [name, { from, to }] of edges) {
    // what the ledger turns out to hold was written elsewhere: it is recorded, nothing more
    if (name === 'find') continue;
    if (to === 'applying') expect(from).toEqual(['approved']);
    if (to === 'approved') expect(['approve', 'roll_back']).toContain(name);
    if (to === 'committing') expect(from.every((state) => UNDER_WAY.includes(state))).toBe(true);
    if (to === 'applied') {
      expect(from).not.toContain('proposed');
      expect(from).not.toContain('approved');
    }
  }
});

it('leaves a given-up state only where the target turns out to hold the patch', () => {
  const out = (state: PatchState) =>
    edges.filter(([, edge]) => edge.from.includes(state)).map(([name]) => name);
  expect([out('cancelled'), out('undone')]).toEqual([['find'], ['find']]);
  expect([out('failed'), out('stale')]).toEqual([
    ['apply', 'find'],
    ['apply', 'find'],
  ]);
  // nothing leads from a restored target to a second write
  expect(out('lost')).toEqual(['undo', 'find']);
  expect(GIVEN_UP).toEqual(['cancelled', 'failed']);
});

it('can be cancelled only before the commit', () => {
  expect(PATCH_EDGES.roll_back.from).toEqual(['applying']);
  expect(PATCH_EDGES.withdraw.from.some((state) => UNDER_WAY.includes(state))).toBe(false);
});

it('stands in the live store where it can be verified, and every state has its words', () => {
  expect([...WRITTEN].sort()).toEqual([...PATCH_EDGES.verify.from].sort());
  expect(new Set(PATCH_STATES.map((state) => STATE_WORDS[state])).size).toBe(PATCH_STATES.length);
});

it('stands in the way of another patch of its run unless it can write nothing any more', () => {
  expect(PATCH_STATES.filter((state) => !NOT_STANDING.includes(state))).toEqual(
    PATCH_STATES.filter((s) => ![...GIVEN_UP, 'stale', 'undone'].includes(s)),
  );
  expect([...WRITTEN, ...UNDER_WAY, 'lost'].filter((s) => NOT_STANDING.some((each) => each === s))).toEqual(
    [],
  );
});
