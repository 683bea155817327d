import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { fileStore } from '#lib/adapters/live/files/file-store';
import { CRASH_PATCH } from '#lib/adapters/live/files/testing/apply-then-die';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-crash-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const BEFORE = ['user_id,total,note', ...Array.from({ length: 301 }, (_, i) => `${i},1,n${i}`), ''].join(
  '\n',
);
const AFTER = [
  'user_id,total,note',
  ...Array.from({ length: 300 }, (_, i) => `${i},2,n${i}`),
  '999,3,',
  '',
].join('\n');
const by = { signatures: { author: 'Bo', approvedBy: null, approvedAt: null } };
const CHILD = path.resolve('lib/adapters/live/files/testing/apply-then-die.ts');
const NODE = path.resolve('node_modules/.bin/node');

function start(verb: 'apply' | 'undo', dieAt: string) {
  const home = mkdtempSync(path.join(dir, 'x-'));
  const file = path.join(home, 'live.csv');
  writeFileSync(file, BEFORE);
  const run = () =>
    spawn(NODE, [CHILD, home, 'live.csv', verb, dieAt], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { home, file, run, store: fileStore({ path: 'live.csv', folder: home }) };
}

/** The signal that ended it; null when it came to its own end. */
const died = async (child: ChildProcess): Promise<NodeJS.Signals | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
};

/** All or nothing, known, and done once: whatever moment the writer died at. */
async function settles(
  { home, file, store }: ReturnType<typeof start>,
  verb: 'apply' | 'undo',
): Promise<boolean> {
  const [from, to] = verb === 'apply' ? [BEFORE, AFTER] : [AFTER, BEFORE];
  const patch = sealedPatch(await store.describe(), CRASH_PATCH);
  const content = readFileSync(file, 'utf8');
  expect([from, to]).toContain(content);
  const written = content === to;
  const known = { apply: written ? 'applied' : 'none', undo: written ? 'undone' : 'applied' }[verb];
  expect((await store.ledger(patch.header)).outcome).toBe(known);
  const again = verb === 'apply' ? await store.apply(patch, by) : await store.undo(patch, by);
  const first = { apply: 'applied', undo: 'undone' }[verb];
  expect(again).toBe(written ? `already_${first}` : first);
  expect(readFileSync(file, 'utf8')).toBe(to);
  expect((await store.ledger(patch.header)).author).toBe(written ? 'Ann' : 'Bo');
  const kinds = verb === 'apply' ? ['old', 'rows'] : ['-undo.old', '-undo.rows', 'old', 'rows'];
  const short = `live.csv.${patch.header.seal.slice(0, 12)}`;
  const beside = kinds.map((kind) => `${short}${kind.startsWith('-') ? '' : '.'}${kind}`);
  expect(readdirSync(home).sort()).toEqual(['live.csv', 'live.csv.recount.json', ...beside].sort());
  return written;
}

const MOMENTS = [
  'check:0',
  'lock:0',
  'write:0',
  'read_back:0',
  'record:0',
  'commit:0',
  'beforeCommit',
  'commit:1',
];

it.each(MOMENTS)('an apply killed at %s', async (moment) => {
  const live = start('apply', moment);
  expect(await died(live.run())).toBe('SIGKILL');
  expect(existsSync(`${live.file}.recount.lock`)).toBe(true);
  expect(await settles(live, 'apply')).toBe(moment === 'commit:1');
});

it.each(['check:0', 'record:0', 'beforeCommit', 'commit:1'])('an undo killed at %s', async (moment) => {
  const live = start('undo', moment);
  await live.store.apply(sealedPatch(await live.store.describe(), CRASH_PATCH), {
    signatures: { ...by.signatures, author: 'Ann' },
  });
  expect(await died(live.run())).toBe('SIGKILL');
  // an undo settled as done still names the author of the one who undid it
  expect(await settles(live, 'undo')).toBe(moment === 'commit:1');
});

it('an apply killed at any millisecond', async () => {
  let written = 0;
  for (let delayMs = 0; delayMs <= 150; delayMs += 25) {
    const live = start('apply', 'none');
    const child = live.run();
    await once(child.stdout, 'data');
    await sleep(delayMs);
    child.kill('SIGKILL');
    await died(child);
    if (await settles(live, 'apply')) written += 1;
  }
  console.log(`killed 7 times: ${written} had written`);
}, 60_000);

it('a lock whose process is alive is respected, and the holder is named', async () => {
  const live = start('apply', 'none');
  const patch = sealedPatch(await live.store.describe(), CRASH_PATCH);
  let other: unknown;
  const beforeCommit = async (): Promise<void> => {
    other = await fileStore({ path: 'live.csv', folder: live.home })
      .apply(patch, by)
      .catch((error: unknown) => error);
  };
  expect(await live.store.apply(patch, { ...by, beforeCommit })).toBe('applied');
  expect(other).toMatchObject({ code: 'live.locked', message: expect.stringContaining(String(process.pid)) });
});
