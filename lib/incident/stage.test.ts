import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STAGES } from '#lib/incident/incident';
import { type StageFacts, standingOf } from '#lib/incident/stage';
import { PATCH_STATES } from '#lib/patch/patch';

const NEW: StageFacts = {
  closed: false,
  archive: false,
  survey: null,
  window: false,
  run: null,
  patch: null,
};
const READ: StageFacts = { ...NEW, archive: true, survey: 'done' };
const RUN = { state: 'done', stale: false, blocked: false, differ: 3, writes: 3 } as const;
const at = (facts: Partial<StageFacts>, from: StageFacts = READ): string => {
  const { stage, stageWord, tone, group } = standingOf({ ...from, ...facts });
  return `${stage} | ${stageWord} | ${tone} | ${group}`;
};

describe('where an incident stands', () => {
  it('before a preview: by its archive and its window', () => {
    expect(at({}, NEW)).toBe('archive | Draft | neutral | progress');
    expect(at({ survey: null })).toBe('archive | Archive not read yet | neutral | progress');
    expect(at({ survey: 'running' })).toBe('archive | Reading the archive | acc | progress');
    expect(at({ survey: 'failed' })).toBe("archive | Archive can't be read | danger | progress");
    expect(at({})).toBe('window | Choose a window | acc | progress');
    expect(at({ window: true })).toBe('window | Ready to preview | acc | progress');
  });

  it('with a preview: by its newest run', () => {
    expect(at({ run: { ...RUN, state: 'queued' } })).toBe('preview | Preview waiting | acc | progress');
    expect(at({ run: { ...RUN, state: 'failed' } })).toBe('preview | Preview failed | danger | progress');
    expect(at({ run: RUN })).toBe('preview | Preview ready | acc | progress');
    expect(at({ run: { ...RUN, stale: true } })).toBe('preview | Preview out of date | warn | progress');
    expect(at({ run: { ...RUN, blocked: true } })).toBe('preview | Patch blocked | warn | progress');
    expect(at({ run: { ...RUN, differ: 0, writes: 0 } })).toBe('preview | No differences | ok | progress');
    expect(at({ run: { ...RUN, writes: 0 } })).toBe('preview | Nothing to write | acc | progress');
  });

  it('with a patch: by the patch, until it came to nothing and a newer preview is there', () => {
    const patch = (state: (typeof PATCH_STATES)[number], ofLatestRun = true, alarm = false) => ({
      state,
      ofLatestRun,
      alarm,
    });
    expect(at({ run: RUN, patch: patch('proposed') })).toBe('review | Waiting for review | warn | review');
    expect(at({ run: RUN, patch: patch('approved') })).toBe(
      'apply | Approved, not applied yet | warn | review',
    );
    expect(at({ run: RUN, patch: patch('verified') })).toBe('report | Verified | ok | applied');
    expect(at({ run: RUN, patch: patch('verified', false) })).toBe('report | Verified | ok | applied');
    expect(at({ run: RUN, patch: patch('stale') })).toMatch(/^apply \| Live rows changed.*danger/);
    expect(at({ run: RUN, patch: patch('stale', false) })).toBe('preview | Preview ready | acc | progress');
    expect(at({ run: RUN, patch: patch('unknown', false) })).toMatch(
      /^apply \| Outcome not settled \| danger/,
    );
    const again = 'apply | Applied, then wrong again | danger | progress';
    expect(at({ run: RUN, patch: patch('applied', false, true) })).toBe(again);
    expect(at({ run: RUN, patch: patch('undone', false, true) })).not.toBe(again);
    expect(at({ run: RUN, patch: patch('undone') })).toBe('preview | Put back | neutral | progress');
    expect(at({ run: RUN, patch: patch('undone', false) })).toBe('preview | Preview ready | acc | progress');
    expect(at({ run: RUN, patch: patch('lost') })).toBe(
      'apply | Applied, then lost by the live store | danger | progress',
    );
    expect(at({ run: RUN, patch: patch('lost', false) })).toBe('preview | Preview ready | acc | progress');
    expect(at({ run: RUN, patch: patch('cancelled') })).toBe('preview | Preview ready | acc | progress');
  });

  it('closed stays where it was and waits for nobody', () => {
    expect(at({ closed: true, run: RUN })).toBe('preview | Closed | neutral | closed');
  });

  it('always gives a known stage and a word', () => {
    const states = fc.constantFrom('queued', 'running', 'done', 'failed', 'cancelled' as const);
    const facts: fc.Arbitrary<StageFacts> = fc.record({
      closed: fc.boolean(),
      archive: fc.boolean(),
      survey: fc.option(states),
      window: fc.boolean(),
      run: fc.option(
        fc.record({
          state: states,
          stale: fc.boolean(),
          blocked: fc.boolean(),
          differ: fc.nat(),
          writes: fc.nat(),
        }),
      ),
      patch: fc.option(
        fc.record({
          state: fc.constantFrom(...PATCH_STATES),
          ofLatestRun: fc.boolean(),
          alarm: fc.boolean(),
        }),
      ),
    });
    fc.assert(
      fc.property(facts, (f) => {
        const { stage, stageWord, group } = standingOf(f);
        expect(STAGES).toContain(stage);
        expect(stageWord).not.toBe('');
        expect(group === 'closed').toBe(f.closed);
      }),
    );
  });
});
