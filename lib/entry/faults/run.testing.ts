import { clocks } from '#lib/entry/faults/clocks.testing';
import { commandLine } from '#lib/entry/faults/command-line.testing';
import { crashes } from '#lib/entry/faults/crashes.testing';
import { cuts } from '#lib/entry/faults/cuts.testing';
import { fullDisk } from '#lib/entry/faults/full-disk.testing';
import { jobs } from '#lib/entry/faults/jobs.testing';
import { kills, zombies } from '#lib/entry/faults/kills.testing';
import { locks } from '#lib/entry/faults/locks.testing';
import { outages } from '#lib/entry/faults/outages.testing';
import { restores } from '#lib/entry/faults/restores.testing';
import { startServer } from '#lib/entry/faults/server.testing';
import { stack } from '#lib/entry/faults/stack.testing';
import { runSuite, type Suite } from '#lib/entry/faults/suite.testing';
import { Tally } from '#lib/entry/faults/tally.testing';
import { workers } from '#lib/entry/faults/workers.testing';
import { writers } from '#lib/entry/faults/writers.testing';

// npm run test:faults: every suite on real servers. RECOUNT_FAULTS_ONLY: one suite, or one case of it (`kills:17`).
// RECOUNT_FAULTS_RUNS: how many cases of each. RECOUNT_FAULTS_FROM: the first seed. RECOUNT_FAULTS_PG_BIN: the programs
// of another PostgreSQL. RECOUNT_FAULTS_LOG: a file that gets a line for each case.

const SUITES: readonly Suite[] = [
  kills,
  cuts,
  zombies,
  locks,
  jobs,
  workers,
  clocks,
  commandLine,
  restores,
  outages,
  stack,
  crashes,
  fullDisk,
  writers,
];

const { RECOUNT_FAULTS_ONLY: only, RECOUNT_FAULTS_RUNS: runs, RECOUNT_FAULTS_FROM: from } = process.env;
const [name, seed] = (only ?? '').split(':');
const tally = new Tally();
const server = await startServer();
console.log(server.version);
try {
  for (const suite of SUITES) {
    if (name !== '' && name !== undefined && suite.name !== name) continue;
    const range =
      seed === undefined
        ? { from: Number(from ?? 0), runs: Number(runs ?? suite.runs) }
        : { from: Number(seed), runs: Number(runs ?? 1), lanes: 1 };
    await runSuite(suite, server, tally, range);
    console.log(`${suite.name}: ${tally.runs} cases so far, ${tally.broken} broken`);
  }
} finally {
  await server.stop();
}
console.log(tally.table());
process.exitCode = tally.broken === 0 ? 0 : 1;
process.exit();
