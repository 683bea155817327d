import { expect, it } from 'vitest';
import { PATCH_STATES, type PatchState } from '#lib/patch/patch';
import { GIVEN_UP, PATCH_EDGES, type PatchEdge, UNDER_WAY, WRITTEN } from '#lib/patch/state';

const edges = Object.entries(PATCH_EDGES) as [PatchEdge, { from: readonly PatchState[]; to: PatchState }][];

function reachable(from: PatchState): Set<PatchState> {
  const seen = new Set<PatchState>([from]);
  for (const state of seen) for (const [, edge] of edges) if (edge.from.includes(state)) seen.add(edge.to);
  return seen;
}

it('leads from proposed to every state but expired, which time alone brings', () => {
  expect([...reachable('proposed')].sort()).toEqual(
    PATCH_STATES.filter((state) => state !== 'expired').sort(),
  );
});

it('is written only by way of an approval and of the commit that follows it', () => {
  for (const [name, { from, to }] of edges) {
    if (to === 'applying') expect(from).toEqual(['approved']);
    if (to === 'approved') expect(['approve', 'roll_back']).toContain(name);
    if (to === 'committing') expect(from.every((state) => UNDER_WAY.includes(state))).toBe(true);
    if (to === 'applied') expect(from.every((s) => UNDER_WAY.includes(s) || WRITTEN.includes(s))).toBe(true);
  }
});

it('never leaves the states in which nothing can come any more', () => {
  for (const state of [...GIVEN_UP, 'stale', 'undone'] as const)
    expect(edges.filter(([, edge]) => edge.from.includes(state))).toEqual([]);
});

it('can be cancelled only before the commit', () => {
  expect(PATCH_EDGES.roll_back.from).toEqual(['applying']);
  expect(PATCH_EDGES.withdraw.from.some((state) => UNDER_WAY.includes(state))).toBe(false);
});
