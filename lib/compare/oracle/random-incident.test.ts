import fc from 'fast-check';
import { expect, it } from 'vitest';
import { consultOracle } from '#lib/compare/oracle/oracle';
import { randomIncident } from '#lib/compare/oracle/random-incident.testing';
import { parsePlan } from '#lib/plan/parse';

it('an answer does not depend on the order of records or rows', () => {
  fc.assert(
    fc.property(randomIncident(), ({ incident }) => {
      const other = { ...incident, events: incident.events.toReversed(), live: incident.live.toReversed() };
      expect(consultOracle(other)).toEqual(consultOracle(incident));
    }),
    { numRuns: 150 },
  );
});

it('the counts of an answer add up', () => {
  fc.assert(
    fc.property(randomIncident(), ({ incident }) => {
      const { cells, rows, archive, patch } = consultOracle(incident);
      expect(
        cells.match +
          cells.changed +
          cells.missing_in_live +
          cells.deleted +
          cells.superseded +
          cells.pending,
      ).toBe(cells.affected);
      expect(rows.length).toBe(
        cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted + cells.superseded,
      );
      expect(archive.accepted + archive.duplicates + archive.rejected).toBe(archive.records);
      expect(patch.updates + patch.inserts).toBe(cells.changed + cells.missing_in_live);
    }),
    { numRuns: 150 },
  );
});

it('live rows that hold the answer leave nothing to change', () => {
  fc.assert(
    fc.property(randomIncident(), ({ incident }) => {
      const { columns, rows } = consultOracle(incident);
      if (incident.plan.live.cut?.kind === 'column') return;
      const keys = columns.slice(1, columns.indexOf(`${incident.calculation.measures[0]!.name}_live`));
      const nameOf = (row: Readonly<Record<string, string | null>>): string =>
        JSON.stringify(keys.map((k) => row[k] ?? null));
      const live = new Map(incident.live.map((row) => [nameOf(row), row]));
      for (const row of rows) {
        const key = Object.fromEntries(keys.map((k, i) => [k, row[i + 1] ?? null]));
        if (row[0] === 'deleted' || row[0] === 'only_in_live') live.delete(nameOf(key));
        else if (row[0] !== 'superseded') {
          const values = incident.calculation.measures.map((m) => [
            m.name,
            row[columns.indexOf(`${m.name}_recalculated`)] ?? null,
          ]);
          live.set(nameOf(key), { ...key, ...Object.fromEntries(values) });
        }
      }
      const { cells, patch } = consultOracle({ ...incident, live: [...live.values()] });
      expect(cells).toMatchObject({ changed: 0, missing_in_live: 0, only_in_live: 0, deleted: 0 });
      expect(patch).toEqual({ updates: 0, inserts: 0, deletes: 0 });
    }),
    { numRuns: 150 },
  );
});

it('every class, block and state occurs', () => {
  const seen = new Set<string>();
  for (const { incident, files } of fc.sample(randomIncident(), { numRuns: 600, seed: 1 })) {
    const answer = consultOracle(incident);
    expect(parsePlan(files.get('plan.yaml')!).problems).toEqual([]);
    for (const row of answer.rows) seen.add(`${incident.plan.live.state}:${row[0]}`);
    for (const block of answer.blockedBy) seen.add(block);
    if (answer.cells.pending > 0) seen.add('pending');
    if (answer.spillOver.length > 0) seen.add('spill_over');
    if (answer.nullKeys > 0) seen.add('null_key');
    if (answer.control !== null && answer.control.cells > 0) seen.add('control');
    if (answer.cells.match > 0) seen.add(`${incident.plan.live.state}:match`);
  }
  const every = ['window', 'bucketed', 'running', 'latest'].flatMap((s) =>
    ['match', 'changed', 'missing_in_live'].map((c) => `${s}:${c}`),
  );
  const some = [
    'window:only_in_live',
    'bucketed:only_in_live',
    'latest:deleted',
    'latest:superseded',
    'rejects',
    'conflicting_ids',
  ];
  const rest = ['control_differs', 'archive_gap', 'pending', 'spill_over', 'null_key', 'control'];
  expect([...seen].sort()).toEqual([...every, ...some, ...rest].sort());
});
