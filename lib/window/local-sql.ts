import { Bug } from '#lib/base/failure';
import { type Instant, laterOf } from '#lib/base/instant';
import { segmentsOf } from '#lib/window/zone';

type Piece = { readonly from: bigint; readonly offset: bigint };

/**
 * DuckDB SQL that gives the instant (a TIMESTAMP in UTC) of a local time of a zone (a TIMESTAMP). A time that the clock
 * shows twice is the first of the two, as a bucket without a zone is; one that it skips goes by the offset before.
 * Integer arithmetic, chosen by a tree of comparisons where the zone changes its clock: no ICU call for a row.
 */
export function instantOfLocalSql(localSql: string, zone: string): string {
  const segments = segmentsOf(zone);
  const pieces = segments.map(({ from, offset }, i): Piece => {
    const before = segments[i - 1];
    return { from: before === undefined ? from : lastLocal(from, before.offset, offset), offset };
  });
  const [first] = pieces;
  if (pieces.length === 1 && first?.offset === 0n) return localSql;
  const instant = `make_timestamp(${treeSql(`epoch_us(${localSql})`, pieces)})`;
  return `CASE WHEN isfinite(${localSql}) THEN ${instant} ELSE ${localSql} END`;
}

/** Where the local clock is past both what a change repeats and what it skips. */
const lastLocal = (change: Instant, before: bigint, after: bigint): bigint => change + laterOf(before, after);

function treeSql(local: string, pieces: readonly Piece[]): string {
  const [first] = pieces;
  if (first === undefined) throw new Bug('a zone has at least one segment');
  if (pieces.length === 1) return `${local} - (${first.offset})`;
  const middle = pieces.length >> 1;
  const [before, after] = [pieces.slice(0, middle), pieces.slice(middle)];
  return `CASE WHEN ${local} < ${after[0]?.from ?? 0n} THEN ${treeSql(local, before)} ELSE ${treeSql(local, after)} END`;
}
