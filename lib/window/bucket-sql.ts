import { Bug } from '#lib/base/failure';
import { type Instant, laterOf, MICROS } from '#lib/base/instant';
import { sizeMicros, slotOf, stretchesOf } from '#lib/window/bucket';
import type { BucketSize } from '#lib/window/window';
import { type Segment, segmentsOf } from '#lib/window/zone';

/**
 * How the bucket's start follows from an instant, from `from` on: always the same instant, or the start of the
 * slot by the clock `offset`, taken back to an instant by `back`.
 */
type Piece =
  | { readonly from: Instant; readonly kind: 'constant'; readonly start: Instant }
  | { readonly from: Instant; readonly kind: 'slot'; readonly offset: bigint; readonly back: bigint };

/**
 * DuckDB SQL that gives `bucketStart` of a TIMESTAMP expression (an instant in UTC), as a TIMESTAMP in UTC. Plain
 * integer arithmetic, chosen by a tree of comparisons where the zone changes its clock: no ICU call for a row.
 */
export function bucketSql(timeSql: string, size: BucketSize, zone: string, zoned: boolean): string {
  return `make_timestamp(${treeSql(`epoch_us(${timeSql})`, size, piecesOf(size, zone, zoned))})`;
}

function treeSql(micros: string, size: BucketSize, pieces: readonly Piece[]): string {
  const [first] = pieces;
  if (first === undefined) throw new Bug('a zone has at least one piece');
  if (pieces.length === 1) return pieceSql(micros, size, first);
  const middle = pieces.length >> 1;
  const [before, after] = [pieces.slice(0, middle), pieces.slice(middle)];
  const split = after[0]?.from ?? 0n;
  return `CASE WHEN ${micros} < ${split} THEN ${treeSql(micros, size, before)} ELSE ${treeSql(micros, size, after)} END`;
}

function pieceSql(micros: string, size: BucketSize, piece: Piece): string {
  if (piece.kind === 'constant') return `${piece.start}`;
  const local = piece.offset === 0n ? micros : `(${micros} + ${piece.offset})`;
  const slot = slotSql(local, size);
  return piece.back === 0n ? slot : `${slot} - ${piece.back}`;
}

function slotSql(local: string, size: BucketSize): string {
  const length = sizeMicros(size);
  if (size.unit === 'w' || length === null) {
    return `epoch_us(date_trunc('${length === null ? 'month' : 'week'}', make_timestamp(${local})))`;
  }
  return `(${local} - (${local} % ${length} + ${length}) % ${length})`;
}

function piecesOf(size: BucketSize, zone: string, zoned: boolean): readonly Piece[] {
  const segments = segmentsOf(zone);
  const pieces: Piece[] = [];
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1] ?? null;
    const own = [...(before === null ? [] : changePieces(before, segment, segments, size, zoned))];
    const regularFrom = before === null ? segment.from : settledFrom(before, segment, size);
    own.push({ from: regularFrom, kind: 'slot', offset: segment.offset, back: segment.offset });
    pieces.push(...own.filter((p, k) => p.from < (own[k + 1]?.from ?? segment.to) && p.from < segment.to));
  }
  return merged(pieces.map((p) => simplified(p, size)));
}

/** From here on a clock change no longer matters: slots begin after it, and their labels were not shown before. */
function settledFrom(before: Segment, segment: Segment, size: BucketSize): Instant {
  return nextCut(segment.from + laterOf(before.offset, segment.offset), size) - segment.offset;
}

/** The first cut of the local clock at or after a local time. */
function nextCut(local: bigint, size: BucketSize): bigint {
  const slot = slotOf(local, size);
  return slot.from === local ? local : slot.to;
}

/** What holds from a clock change until it is settled: the slot it falls into, then the labels shown again. */
function changePieces(
  before: Segment,
  segment: Segment,
  segments: readonly Segment[],
  size: BucketSize,
  zoned: boolean,
): readonly Piece[] {
  const change = segment.from;
  const slot = slotOf(change + segment.offset, size);
  const start = stretchesOf(slot, segments).at(0)?.from ?? change;
  const again = nextCut(change + segment.offset, size) - segment.offset;
  const pieces: Piece[] = [];
  if (again > change) pieces.push({ from: change, kind: 'constant', start });
  const lastShown = change + before.offset;
  if (before.offset <= segment.offset || again >= lastShown - segment.offset) return pieces;
  const first = { kind: 'slot', offset: segment.offset, back: before.offset } as const;
  if (!zoned) return [...pieces, { ...first, from: again }];
  // With a zone, slots that were shown as a whole begin anew; the one that was shown in part goes on.
  pieces.push({ from: again, kind: 'slot', offset: segment.offset, back: segment.offset });
  const partly = slotOf(lastShown, size);
  if (partly.from < lastShown) pieces.push({ ...first, from: partly.from - segment.offset });
  return pieces;
}

/** Whole slots in the offset change nothing: `+ 2 h … - 2 h` around a slot of an hour is left out. */
function simplified(piece: Piece, size: BucketSize): Piece {
  if (piece.kind === 'constant') return piece;
  const length = sizeMicros(size);
  if (length === null || length > MICROS.day) return piece;
  const offset = ((piece.offset % length) + length) % length;
  return { ...piece, offset, back: piece.back - (piece.offset - offset) };
}

const merged = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.filter((piece, i) => {
    const last = pieces[i - 1];
    if (last === undefined || piece.kind === 'constant' || last.kind === 'constant') return true;
    return piece.offset !== last.offset || piece.back !== last.back;
  });
