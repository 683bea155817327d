import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { clocks } from '#lib/entry/faults/clocks.testing';
import { commandLine } from '#lib/entry/faults/command-line.testing';
import { crashes } from '#lib/entry/faults/crashes.testing';
import { cuts } from '#lib/entry/faults/cuts.testing';
import { fullDisk } from '#lib/entry/faults/full-disk.testing';
import { jobs } from '#lib/entry/faults/jobs.testing';
import { kills, zombies } from '#lib/entry/faults/kills.testing';
import { locks } from '#lib/entry/faults/locks.testing';
import { outages } from '#lib/entry/faults/outages.testing';
import { reads } from '#lib/entry/faults/reads.testing';
import { restores } from '#lib/entry/faults/restores.testing';
import { startServer } from '#lib/entry/faults/server.testing';
import { stack } from '#lib/entry/faults/stack.testing';
import { runSuite, type Suite } from '#lib/entry/faults/suite.testing';
import { Tally } from '#lib/entry/faults/tally.testing';
import { workers } from '#lib/entry/faults/workers.testing';
import { writers } from '#lib/entry/faults/writers.testing';

// npm run test:faults: every suite on real servers, in groups that go on side by side, each in a process of its own: what
// one waits for must hold up no other. RECOUNT_FAULTS_ONLY: one suite, or one
// case of it (`kills:17`). RECOUNT_FAULTS_TIMES: so many times as many cases (5: the long run; 0.1: a look).
// RECOUNT_FAULTS_RUNS: how many cases of each. RECOUNT_FAULTS_FROM: the first seed. RECOUNT_FAULTS_PG_BIN: the programs of
// another PostgreSQL. RECOUNT_FAULTS_LOG: a file that gets a line for each case; beside it, what the processes said.

const GROUPS: readonly (readonly Suite[])[] = [
  [kills, cuts, zombies, locks, writers],
  [jobs, workers, reads],
  [commandLine, stack, clocks],
  [crashes, fullDisk, restores, outages],
];

const {
  RECOUNT_FAULTS_ONLY: only = '',
  RECOUNT_FAULTS_RUNS: runs,
  RECOUNT_FAULTS_FROM: from = '0',
  RECOUNT_FAULTS_TIMES: times = '1',
  RECOUNT_FAULTS_LOG: log,
  RECOUNT_FAULTS_GROUP: group,
} = process.env;
const [name = '', seed] = only.split(':');
if (name !== '' && !GROUPS.flat().some((suite) => suite.name === name)) {
  console.error(
    `there is no suite ${name}; there are ${GROUPS.flat()
      .map((suite) => suite.name)
      .join(', ')}`,
  );
  process.exit(2);
}
const tally = new Tally();

async function runGroup(suites: readonly Suite[]): Promise<void> {
  const server = await startServer();
  console.log(server.version);
  try {
    for (const suite of suites) {
      if (name !== '' && suite.name !== name) continue;
      const usual = Math.max(1, Math.round(suite.runs * Number(times)));
      const range =
        seed === undefined
          ? { from: Number(from), runs: Number(runs ?? usual) }
          : { from: Number(seed), runs: Number(runs ?? 1), lanes: 1 };
      const startedMs = performance.now();
      const ran = await runSuite(suite, server, tally, range);
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      console.log(`${suite.name}: ${ran} cases in ${seconds} s; ${tally.broken} of its group broken so far`);
    }
  } finally {
    await server.stop();
  }
}

/** Every group in a process of its own; what they log is added up here. */
async function runAll(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'recount-faults-log-'));
  const file = path.join(folder, 'cases');
  const ends = GROUPS.map((_, at) => {
    const env = { ...process.env, RECOUNT_FAULTS_GROUP: String(at), RECOUNT_FAULTS_LOG: log ?? file };
    const child = spawn(process.execPath, [import.meta.filename], { env, stdio: 'inherit' });
    return new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  });
  const codes = await Promise.all(ends);
  const logged = log ?? file;
  const lines = existsSync(logged) ? readFileSync(logged, 'utf8').split('\n').filter(Boolean) : [];
  for (const line of lines) {
    const { replay, ...ended } = Logged.parse(JSON.parse(line));
    tally.add(ended, replay, 'told already');
  }
  // a group that a fault of its own ended says so, whatever its cases were
  for (const [at, code] of codes.entries())
    if (code !== 0) console.error(`group ${at + 1} ended with ${code}`);
  rmSync(folder, { recursive: true });
  console.log(tally.table());
  process.exit(codes.every((code) => code === 0) ? 0 : 1);
}

const Logged = z.object({
  fault: z.string(),
  applied: z.boolean(),
  unknown: z.boolean().exactOptional(),
  wrong: z.array(z.string()),
  times: z.number().exactOptional(),
  replay: z.string(),
});

if (group === undefined && name === '') await runAll();
const mine = group === undefined ? GROUPS.flat() : (GROUPS[Number(group)] ?? []);
await runGroup(mine);
if (group === undefined) console.log(tally.table());
process.exit(tally.broken === 0 ? 0 : 1);
