import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { whileWanted } from '#lib/recovery/jobs/job-watch';
import type { Progress } from '#lib/replay/run';

const step = (done: number): Progress => ({
  step: 'read',
  done,
  total: 100,
  unit: 'bytes',
  words: 'Reading',
});
const NEVER = new AbortController().signal;

it('writes the first progress at once and the newest about once a second, however much there is', async () => {
  const written: (number | null)[] = [];
  const beat = async (progress: Progress | null): Promise<boolean> =>
    written.push(progress?.done ?? null) > 0;
  const answer = await whileWanted(NEVER, beat, async (_, report) => {
    for (let done = 0; done < 100; done++) {
      report(step(done));
      await sleep(15);
    }
    return 'done';
  });
  expect(answer).toBe('done');
  expect(written[0]).toBe(0);
  expect(written.length).toBeGreaterThanOrEqual(2);
  expect(written.length).toBeLessThanOrEqual(4);
});

it('aborts work that is not wanted any more, and goes on when the records are away', async () => {
  let beats = 0;
  const beat = async (): Promise<boolean> => {
    beats += 1;
    if (beats === 1) throw new Error('the records are away');
    return beats < 3;
  };
  const work = async (signal: AbortSignal, report: (p: Progress) => void): Promise<never> => {
    report(step(1));
    await sleep(10_000, undefined, { signal });
    throw new Error('it was not aborted');
  };
  await expect(whileWanted(NEVER, beat, work)).rejects.toMatchObject({ name: 'AbortError' });
  expect(beats).toBe(3);
});
