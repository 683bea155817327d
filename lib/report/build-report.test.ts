import { describe, expect, it } from 'vitest';
import { buildReport } from '#lib/report/build-report';
import { reportFacts, standingOf, summaryOf } from '#lib/report/report.testing';

const cells = (change: object) => summaryOf({ cells: { ...summaryOf().cells, ...change } });
const state = (name: string, facts = reportFacts()) =>
  buildReport(facts).checks.find((check) => check.name === name)?.state;

describe('the lead', () => {
  it('tells a verified recovery from its numbers', () => {
    expect(buildReport(reportFacts()).lead).toBe(
      'Of 100 rows of points.hourly_points compared for events that arrived from 21 Nov 2026, 12:02 UTC up to 21 Nov 2026, 12:34 UTC, 10 differed from what 1,203 archived records say. ' +
        '10 rows (points +18,176) were corrected in one transaction on 22 Nov 2026, 10:19 UTC. All 10 were compared again afterwards and match.',
    );
  });

  it('says that rows differ again, that nothing was written, that it is unknown', () => {
    const lead = (change: Parameters<typeof standingOf>[0]) =>
      buildReport(reportFacts({ patch: standingOf(change) })).lead;
    expect(lead({ state: 'applied', verification: { cells: 10, match: 8, differ: 2, moved: 0 } })).toContain(
      '2 rows differ from what was written',
    );
    expect(lead({ state: 'failed', error: 'Rows are locked.' })).toContain(
      'was not written: Rows are locked.',
    );
    expect(lead({ state: 'unknown' })).toContain('not settled yet');
    expect(lead({ state: 'proposed', notAsked: 'the store is away.' })).toContain(
      'Whether it was written is not checked: the store is away.',
    );
    expect(lead({ state: 'approved' })).toContain(
      'is approved by alex (self-approved); nothing is written yet.',
    );
  });

  it('tells a run without differences and one that only keeps', () => {
    const none = cells({ changed: 0, missing_in_live: 0 });
    const nothing = { ...none, patch: { ...none.patch, updates: 0, inserts: 0 } };
    const proposed = standingOf({ state: 'proposed', verification: null, appliedAt: null });
    expect(buildReport(reportFacts({ summary: nothing, patch: proposed }))).toMatchObject({
      outcome: 'no_differences',
      lead: expect.stringContaining('All 90 rows of points.hourly_points'),
    });
    const kept = { ...nothing, cells: { ...nothing.cells, only_in_live: 2 } };
    const report = buildReport(reportFacts({ summary: kept, patch: proposed }));
    expect(report.outcome).toBe('previewed');
    expect(report.leftOut).toEqual([{ reason: expect.stringContaining('Only in the live store'), rows: 2 }]);
  });
});

it('tells what the operator left out, in their words and with its effect', () => {
  const net = [{ measure: 'points', net: '-12.50', plus: '0', minus: '-12.50' }];
  const { leftOut } = buildReport(
    reportFacts({
      leftOutRows: [
        { reason: 'Test account', rows: 2, net },
        { reason: 'Why?', rows: 1, net: [] },
      ],
    }),
  );
  expect(leftOut.slice(0, 2)).toEqual([
    { reason: 'Left out: Test account. Not written, net: points −12.50.', rows: 2 },
    { reason: 'Left out: Why?', rows: 1 },
  ]);
});

describe('outcomes', () => {
  it.each([
    ['verified', 'verified'],
    ['applied', 'applied'],
    ['undone', 'undone'],
    ['stale', 'failed'],
    ['failed', 'failed'],
    ['unknown', 'approved'],
    ['committing', 'approved'],
    ['proposed', 'previewed'],
    ['cancelled', 'previewed'],
  ] as const)('%s is %s', (patchState, outcome) => {
    expect(buildReport(reportFacts({ patch: standingOf({ state: patchState }) })).outcome).toBe(outcome);
  });
});

it('says by which patch it was put back, by whom and why', () => {
  const undone = {
    patch: 5,
    by: 'alex',
    approvedBy: 'kim',
    at: '2026-11-22T12:31:04.000000Z',
    reason: 'The archive was not whole',
    rows: 9,
    leftOut: 1,
  };
  const report = buildReport(reportFacts({ patch: standingOf({ state: 'undone', undone }) }));
  expect(report.lead).toContain(
    'It was put back by patch 5 on 22 Nov 2026, 12:31 UTC (alex, approved by kim: “The archive was not whole”). 1 row had moved on and stayed as it was.',
  );
  expect(report.undone).toEqual(undone);
});

describe('checks', () => {
  it('pass after a verified apply, but for what was not asked for', () => {
    const checks = buildReport(reportFacts()).checks.map(({ name, state: one }) => [name, one]);
    expect(checks.filter(([, one]) => one !== 'passed')).toEqual([
      ['Healthy stretch reproduced', 'not_done'],
      ['Approved by a second person', 'note'],
    ]);
  });

  it('claim nothing that was not done', () => {
    const proposed = reportFacts({
      patch: standingOf({
        state: 'proposed',
        verification: null,
        appliedAt: null,
        archiveChecked: null,
        approval: { author: 'alex', approvedBy: null, selfApproved: false, reason: null, at: null },
      }),
    });
    for (const name of [
      'Archive unchanged',
      'Guarded',
      'Read back',
      'Recorded in the ledger',
      'Compared after the commit',
      'Approved by a second person',
    ])
      expect([name, state(name, proposed)]).toEqual([name, 'not_done']);
    expect(state('Archive unchanged', reportFacts({ patch: standingOf({ archiveChecked: false }) }))).toBe(
      'not_done',
    );
  });

  it('tell what does not hold', () => {
    const archive = summaryOf().archive;
    const rejected = summaryOf({
      archive: { ...archive, accepted: 1199, rejected: 1 },
      patch: { ...summaryOf().patch, blocked_by: ['rejects'] },
    });
    expect(state('Unreadable records', reportFacts({ summary: rejected }))).toBe('failed');
    expect(
      state('Records balance', reportFacts({ summary: summaryOf({ archive: { ...archive, accepted: 1 } }) })),
    ).toBe('failed');
    expect(
      state(
        'Healthy stretch reproduced',
        reportFacts({ summary: summaryOf({ control: { cells: 9, differ: 1 } }) }),
      ),
    ).toBe('failed');
    expect(
      state(
        'Duplicates',
        reportFacts({ summary: summaryOf({ warnings: [{ code: 'no_id', message: '' }] }) }),
      ),
    ).toBe('not_done');
  });
});
