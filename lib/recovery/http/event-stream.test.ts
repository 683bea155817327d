import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventStream } from '#lib/recovery/http/event-stream';
import { LIMITS } from '#lib/recovery/setup/limits';

const mayStill = async () => true;
const STAYS = { personId: 'ann', gone: new AbortController().signal, mayStill };
const events = (text: string): unknown[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map((found) => JSON.parse(found[1] ?? 'null'));

it('sends what changed until it is final, and nothing twice', async () => {
  const states = [1n, 1n, 2n, 2n, 3n];
  const response = eventStream(async () => {
    const view = states.length > 1 ? states.shift() : states[0];
    return { view, final: view === 3n };
  }, STAYS);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(events(await response.text())).toEqual(['1', '2', '3']);
});

it('reads no more than a slow reader takes, and then the newest', async () => {
  let now = 0;
  let reads = 0;
  const timer = setInterval(() => {
    now += 1;
  }, 5);
  const response = eventStream(async () => {
    reads += 1;
    return { view: now, final: false };
  }, STAYS);
  const reader = response.body!.getReader();
  await reader.read();
  await sleep(300);
  expect(reads).toBeLessThanOrEqual(3);
  await reader.read();
  const newest = new TextDecoder().decode((await reader.read()).value);
  expect(events(newest)[0]).toBeGreaterThan(20);
  await reader.cancel();
  clearInterval(timer);
  await sleep(500);
  const after = reads;
  await sleep(500);
  expect(reads).toBe(after);
});

it('ends when the reader is gone', async () => {
  const gone = new AbortController();
  const response = eventStream(async () => ({ view: 'same', final: false }), {
    personId: 'ann',
    gone: gone.signal,
    mayStill,
  });
  setTimeout(() => gone.abort(), 100);
  expect(events(await response.text())).toEqual(['same']);
});

it('ends when the reader may no longer read, also one that had stopped taking', async () => {
  let may = true;
  let state = 0;
  const open = () =>
    eventStream(async () => ({ view: state, final: false }), { ...STAYS, mayStill: async () => may });
  const [taking, stopped] = [open().text(), open().body!.getReader()];
  await stopped.read();
  state = 1;
  await sleep(900); // it waits to be taken
  may = false;
  const begun = performance.now();
  expect(events(await taking)).toEqual([0, 1]);
  expect(performance.now() - begun).toBeLessThan(3_000);
  state = 2;
  await sleep(500);
  expect(events(new TextDecoder().decode((await stopped.read()).value))).toEqual([1]);
  expect((await stopped.read()).done).toBe(true);
}, 10_000);

it('one person follows so much at once, and no more; what ended counts off', async () => {
  const gone = new AbortController();
  const open = (personId = 'zoe') =>
    eventStream(async () => ({ view: 1, final: false }), { personId, gone: gone.signal, mayStill });
  const first = Array.from({ length: LIMITS.streams }, () => open());
  expect(() => open()).toThrow(expect.objectContaining({ code: 'work.too_much' }));
  await open('ann').body!.cancel();
  await first[0]!.body!.cancel();
  await open().body!.cancel();
  open();
  expect(() => open()).toThrow(/40 streams of events are open/);
  gone.abort();
  expect(globalThis.recountAtOnce?.size).toBe(0);
  const ended = eventStream(async () => ({ view: 1, final: true }), { ...STAYS, personId: 'zoe' });
  await ended.text();
  expect(globalThis.recountAtOnce?.size).toBe(0);
});
