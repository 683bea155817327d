import { leftOnServer } from '#lib/entry/faults/leftovers.testing';
import type { Server } from '#lib/entry/faults/server.testing';
import type { Ended, Tally } from '#lib/entry/faults/tally.testing';
import { Admin, makeTable, storeAt } from '#lib/entry/faults/world.testing';
import type { LiveStore, LiveTable } from '#lib/patch/live-store';
import { Random } from '#lib/patch/simulation/random.testing';

/** A live table of its own, for one case after the other. */
export type Lane = {
  readonly url: string;
  readonly admin: Admin;
  readonly table: string;
  readonly live: LiveTable;
  readonly store: LiveStore;
};

/** Cases of one kind. A case is made by its seed, all but the timing of real processes. */
export type Suite = {
  readonly name: string;
  /** How many cases a long run has. */
  readonly runs: number;
  /** How many cases are under way at once. */
  readonly lanes: number;
  open(server: Server): Promise<{
    /** One case; several where one fault hits several patches. */
    run(lane: Lane, random: Random, seed: number): Promise<Ended | readonly Ended[]>;
    /** After the last case: what is left, in words. */
    last?(): Promise<readonly string[]>;
    close(): Promise<void>;
  }>;
};

export type Range = {
  readonly from: number;
  readonly runs: number;
  readonly lanes?: number;
  /** Other suites are at work on the server: what they have open is nothing that was left. */
  readonly isBeside?: boolean;
};

/** Runs the cases of one suite on a server, each once, and adds them to the tally. Answers how many there were. */
export async function runSuite(suite: Suite, server: Server, tally: Tally, range: Range): Promise<number> {
  const admin = new Admin(server.url);
  const opened = await suite.open(server).catch((error: unknown) => {
    const wrong = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    tally.add({ fault: `${suite.name}: it could not begin`, applied: false, wrong, times: 0 }, suite.name);
    return null;
  });
  if (opened === null) {
    await admin.close();
    return 0;
  }
  const { run, last, close } = opened;
  const end = range.from + range.runs;
  let next = range.from;
  let ran = 0;
  const lane = async (): Promise<void> => {
    let place = await openLane(server.url, admin);
    while (next < end) {
      const seed = next++;
      const replay = `RECOUNT_FAULTS_ONLY=${suite.name}:${seed} npm run test:faults`;
      try {
        for (const ended of [await run(place, new Random(seed), seed)].flat()) {
          ran += 1;
          tally.add(ended, replay);
        }
      } catch (error) {
        tally.add(
          { fault: `${suite.name}: the case itself failed`, applied: false, wrong: [String(error)] },
          replay,
        );
        place = await openLane(server.url, admin);
      }
    }
  };
  try {
    const lanes = Math.min(range.lanes ?? suite.lanes, range.runs);
    await Promise.all(Array.from({ length: lanes }, lane));
    const wrong = (await last?.()) ?? [];
    if (wrong.length > 0)
      tally.add({ fault: `${suite.name}: afterwards`, applied: false, wrong, times: 0 }, suite.name);
  } finally {
    await close();
    const wrong = range.isBeside === true ? [] : await leftOnServer(admin);
    if (wrong.length > 0)
      tally.add({ fault: `${suite.name}: afterwards`, applied: false, wrong, times: 0 }, suite.name);
    await admin.close();
  }
  return ran;
}

export async function openLane(url: string, admin: Admin): Promise<Lane> {
  const { table, live } = await makeTable(url, admin);
  return { url, admin, table, live, store: storeAt(url, table) };
}
