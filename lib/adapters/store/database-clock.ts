import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';

const Now = z.tuple([z.object({ now: z.date() })]);

/** The time by the records' database: the clock that all processes share, whatever their machines' clocks say. */
export async function databaseNow(tx: StoreTransaction): Promise<Date> {
  const [{ now }] = Now.parse(await tx.$queryRaw`select now() as now`);
  return now;
}

/**
 * The earlier of the database's time and this machine's. What is as old as that by the time of a file and of its record is
 * old, whichever of the two clocks is wrong: nothing is swept too early.
 */
export async function earlierNow(tx: StoreTransaction): Promise<Date> {
  return new Date(Math.min((await databaseNow(tx)).getTime(), Date.now()));
}
