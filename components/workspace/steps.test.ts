import { describe, expect, it } from 'vitest';
import { bucketCount, bucketName } from '#components/workspace/bucket-words.ts';
import { planWindow, stepsOf } from '#components/workspace/steps.ts';
import type { IncidentView } from '#lib/incident/incident';

const draft: IncidentView = {
  id: '1',
  number: 214,
  title: 'Points',
  stage: 'archive',
  stageWord: 'Draft',
  tone: 'neutral',
  plan: {},
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
  owner: 'You',
  openedAt: '2026-11-21T12:00:00.000000Z',
  updatedAt: '2026-11-21T12:00:00.000000Z',
  sample: false,
};
const shown = { window: null, zone: 'UTC', search: '?from=a' };

describe('planWindow', () => {
  it('takes whole windows only', () => {
    expect(planWindow({})).toBeNull();
    expect(planWindow({ window: { from: '2026-11-21T12:02Z' } })).toBeNull();
    expect(planWindow({ window: { from: '2026-11-21T12:34Z', to: '2026-11-21T12:02Z' } })).toBeNull();
    expect(planWindow({ window: { from: '2026-11-21T12:02+01:00', to: '2026-11-21T12:34Z' } })).toEqual({
      from: 1795258920000000n,
      to: 1795264440000000n,
    });
  });
});

describe('stepsOf', () => {
  it('leads nowhere that has nothing to show', () => {
    const steps = stepsOf(draft, 'INC-214', shown);
    expect(steps.map((step) => [step.id, step.state, step.href])).toEqual([
      ['archive', 'todo', '/incidents/INC-214/archive?from=a'],
      ['window', 'todo', null],
      ['preview', 'todo', null],
      ['review', 'todo', null],
      ['apply', 'todo', null],
      ['report', 'todo', null],
    ]);
  });
  it('says how far each is', () => {
    const steps = stepsOf(
      {
        ...draft,
        archive: { id: 'a', name: 'points', kind: 'path', location: 'points/' },
        survey: { id: 's', state: 'done', words: '', events: '621068', files: 1, erasedAt: null },
        plan: { window: { from: '2026-11-21T12:02Z', to: '2026-11-21T12:34Z' } },
        patch: { id: 'p', number: 1, state: 'failed', seal: '', undoes: null },
      },
      'INC-214',
      { ...shown, window: { from: 1795262520000000n, to: 1795264440000000n } },
    );
    expect(steps.map((step) => step.detail).slice(0, 5)).toEqual([
      '1 file · 621,068 events',
      '32 min, 12:02 – 12:34',
      'Not run yet',
      'Approved',
      'Failed, nothing written',
    ]);
    expect(steps.map((step) => step.state)).toEqual(['done', 'done', 'todo', 'done', 'failed', 'todo']);
  });
});

describe('an undo in the steps', () => {
  it('is named by what it puts back, and the report stays ready', () => {
    const patch = { id: 'p', number: 5, state: 'verified', seal: '', undoes: 3 } as const;
    const steps = stepsOf({ ...draft, patch }, 'INC-214', shown);
    expect(steps.slice(3, 5).map((step) => step.detail)).toEqual(['Undo: approved', 'Put back and compared']);
    expect(steps.at(-1)?.state).toBe('done');
  });
});

describe('buckets in words', () => {
  it('names sizes', () => {
    expect(bucketName('1h')).toEqual({ one: 'hour', many: 'hours' });
    expect(bucketName('15m').many).toBe('buckets of 15 minutes');
    expect(bucketName(undefined).one).toBe('bucket');
    expect(bucketCount(1, '1d')).toBe('the day');
    expect(bucketCount(3, '1h')).toBe('3 hours');
  });
});
