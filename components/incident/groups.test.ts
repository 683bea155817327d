import { expect, it } from 'vitest';
import { groupsOf } from '#components/incident/groups.ts';
import type { IncidentGroup, IncidentRow } from '#lib/incident/incident';

const row = (number: number, group: IncidentGroup): IncidentRow => ({
  id: `id-${number}`,
  number,
  title: `Incident ${number}`,
  liveTable: null,
  stage: 'archive',
  stageWord: 'Archive',
  tone: 'neutral',
  group,
  window: null,
  differ: null,
  netDelta: [],
  owner: 'You',
  updatedAt: '2026-11-22T10:00:00.000000Z',
  sample: false,
});
const counts = { open: 2, review: 1, applied: 41, closed: 0, all: 43 };
const rows = [row(1, 'applied'), row(2, 'progress'), row(3, 'review'), row(4, 'applied')];

it('groups by whom the incidents wait for and says how many of how many', () => {
  const groups = groupsOf({ rows, counts }, 'open', false);
  expect(groups.map((g) => [g.title, g.count, g.rows.map((r) => r.number)])).toEqual([
    ['Waiting for review', '1', [3]],
    ['In progress', '1', [2]],
    ['Recently applied', '2 of 41', [1, 4]],
  ]);
});

it('counts what was found, not what there is, in a search', () => {
  const groups = groupsOf({ rows: [row(1, 'applied')], counts }, 'all', true);
  expect(groups.map((g) => [g.title, g.count])).toEqual([['Applied', '1']]);
});
