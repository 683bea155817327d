import { z } from 'zod';
import type { Staging } from '#lib/adapters/staging/staging';
import type { Staged } from '#lib/adapters/staging/view';
import type { Warning } from '#lib/archive/archive';
import { formatInstant } from '#lib/base/instant';

export type Outside = { readonly count: bigint; readonly warnings: readonly Warning[] };

const COUNTS = z.object({
  outside: z.string(),
  beyond: z.string(),
  late: z.string(),
  first: z.object({ file: z.number(), line: z.string(), micros: z.string() }).nullable(),
});

/**
 * Counts the records whose time is not in their file's partition, and warns of those whose time or arrival lies
 * further out than the slack: such a record may also stand in a partition that was not opened.
 */
export async function outsideOf(staging: Staging, staged: readonly Staged[]): Promise<Outside> {
  const { session, spec } = staging;
  if (staged.every((s) => s.input.listed.partition === null)) return { count: 0n, warnings: [] };
  const list = (end: 'from' | 'to'): string =>
    `[${staged.map(({ input: { listed } }) => (listed.partition === null ? 'NULL' : `make_timestamp(${listed.partition[end]})`)).join(', ')}]["@file" + 1]`;
  const slack = `to_microseconds(${spec.slackMicros})`;
  const beyond = (t: string): string => `(${t} < p_from - ${slack} OR ${t} >= p_to + ${slack})`;
  const counts = await session.one(
    `SELECT count(*) FILTER ("@time" < p_from OR "@time" >= p_to)::VARCHAR AS outside,
       count(*) FILTER (${beyond('"@time"')})::VARCHAR AS beyond, count(*) FILTER (${beyond('"@arrived"')})::VARCHAR AS late,
       min({'file': "@file", 'line': "@line", 'micros': epoch_us("@time")})
         FILTER (${beyond('"@time"')} OR ${beyond('"@arrived"')}) AS first
     FROM (SELECT "@time", "@arrived", "@file", "@line", ${list('from')} AS p_from, ${list('to')} AS p_to FROM archive_events)`,
    COUNTS,
  );
  const warnings: Warning[] = [];
  if (counts.first !== null) {
    const { file, line, micros } = counts.first;
    const where = `${staged[file]?.input.listed.path}, line ${line} (${formatInstant(BigInt(micros))})`;
    warnings.push({
      code: 'beyond_slack',
      message: `${beyondWords(counts.beyond, counts.late)} than archive.slack; the first: ${where}. Others may lie in partitions that were not opened.`,
    });
  }
  return { count: BigInt(counts.outside), warnings };
}

/** `10 records by their arrival lie further outside their partitions`. Counts as text. */
function beyondWords(beyond: string, late: string): string {
  const by = (count: string, what: string): string[] =>
    count === '0' ? [] : [`${count} ${count === '1' ? 'record by its' : 'records by their'} ${what}`];
  const told = [...by(beyond, 'time'), ...by(late, 'arrival')];
  const one = told.length === 1 && [beyond, late].includes('1');
  return `${told.join(' and ')} ${one ? 'lies further outside its partition' : 'lie further outside their partitions'}`;
}
