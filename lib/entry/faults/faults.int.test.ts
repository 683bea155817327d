import { expect, it } from 'vitest';
import { cuts } from '#lib/entry/faults/cuts.testing';
import { kills } from '#lib/entry/faults/kills.testing';
import { leftOnServer } from '#lib/entry/faults/leftovers.testing';
import { startServer } from '#lib/entry/faults/server.testing';
import { runSuite } from '#lib/entry/faults/suite.testing';
import { Tally } from '#lib/entry/faults/tally.testing';
import { Admin } from '#lib/entry/faults/world.testing';

// A short slice of `npm run test:faults`: the long run has thousands of these.

it('processes killed and connections cut while a patch is written: applied once, or not at all', async () => {
  const server = await startServer();
  const tally = new Tally();
  try {
    await Promise.all([
      runSuite(kills, server, tally, { from: 0, runs: 12, lanes: 3, isBeside: true }),
      runSuite(cuts, server, tally, { from: 21, runs: 8, lanes: 4, isBeside: true }),
    ]);
    const admin = new Admin(server.url);
    expect(await leftOnServer(admin)).toEqual([]);
    await admin.close();
  } finally {
    await server.stop();
  }
  expect([tally.broken, tally.runs]).toEqual([0, 20]);
}, 120_000);
