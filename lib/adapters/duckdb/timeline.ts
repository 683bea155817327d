import { z } from 'zod';
import { type Instant, toMillis } from '#lib/base/instant';
import { literal } from '#lib/base/sql';
import type { Session } from '#lib/replay/session';
import { floorTo, suggestBins } from '#lib/window/bins';
import { LATE_AFTER_SECONDS, type Timeline, type TimelineBin } from '#lib/window/timeline';
import type { Clock } from '#lib/window/window';

export type TimelineQuestion = {
  readonly clock: Clock;
  /** The stretch to show; null for the whole archive. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** At most this many bars, 1,440 at most. */
  readonly bins: number;
};

const MINUTE_MS = 60_000;
const MOST_BINS = 1440;
const OVERVIEW_BINS = 240;

const SPAN = z.object({ first: z.string().nullable(), last: z.string().nullable(), arrival: z.boolean() });
const BIN = z.object({
  k: z.coerce.number(),
  events: z.coerce.number(),
  duplicates: z.coerce.number(),
  late: z.coerce.number(),
  rejected: z.coerce.number(),
});

/**
 * Answers a view of the timeline from the minute roll-up that the survey wrote. Bars start at whole multiples of their
 * width in UTC, so that they stay where they are when the view moves; bars without a record are there with zeros.
 */
export async function readTimeline(
  session: Session,
  rollupPath: string,
  question: TimelineQuestion,
): Promise<Timeline> {
  const { clock } = question;
  const rollup = `read_parquet(${literal(rollupPath)})`;
  const span = await session.one(
    `SELECT epoch_us(min(minute) FILTER (clock = ${literal(clock)}))::VARCHAR AS first,
       epoch_us(max(minute) FILTER (clock = ${literal(clock)}))::VARCHAR AS last, coalesce(bool_or(clock = 'ingested'), false) AS arrival
     FROM ${rollup}`,
    SPAN,
  );
  const first = BigInt(span.first ?? 0);
  const archive = {
    from: first,
    to: span.last === null ? first : BigInt(span.last) + BigInt(MINUTE_MS) * 1000n,
  };
  const view = { from: question.from ?? archive.from, to: question.to ?? archive.to };
  const bins = grid(view, Math.min(Math.max(2, question.bins), MOST_BINS));
  const overview = grid(archive, OVERVIEW_BINS);
  const rows = await counted(session, rollup, clock, bins);
  const overviewRows = await counted(session, rollup, clock, overview);
  return {
    clock,
    archive: { fromMs: toMillis(archive.from), toMs: toMillis(archive.to) },
    view: { fromMs: toMillis(view.from), toMs: toMillis(view.to) },
    binMs: bins.widthMs,
    bins: Array.from({ length: bins.count }, (_, i) => bar(bins, i, rows.get(i))),
    overview: {
      binMs: overview.widthMs,
      counts: Array.from({ length: overview.count }, (_, i) => overviewRows.get(i)?.events ?? 0),
    },
    lateAfterSeconds: LATE_AFTER_SECONDS,
    hasArrival: span.arrival,
  };
}

type Grid = {
  readonly from: Instant;
  readonly to: Instant;
  readonly widthMs: number;
  readonly count: number;
};

/** Bars no narrower than the roll-up's minutes. */
function grid(interval: { readonly from: Instant; readonly to: Instant }, most: number): Grid {
  const found = suggestBins(interval, most);
  if (found.widthMs >= MINUTE_MS) return found;
  const [from, step] = [floorTo(interval.from, MINUTE_MS), BigInt(MINUTE_MS) * 1000n];
  const last = floorTo(interval.to > interval.from ? interval.to - 1n : interval.from, MINUTE_MS);
  return { from, to: last + step, widthMs: MINUTE_MS, count: Number((last - from) / step) + 1 };
}

async function counted(
  session: Session,
  rollup: string,
  clock: Clock,
  bins: Grid,
): Promise<Map<number, z.infer<typeof BIN>>> {
  const rows = await session.rows(
    `SELECT (epoch_us(minute) - ${bins.from}) // ${bins.widthMs * 1000} AS k, sum(events) AS events,
       sum(duplicates) AS duplicates, sum(late) AS late, sum(rejected) AS rejected
     FROM ${rollup} WHERE clock = ${literal(clock)} AND minute >= make_timestamp(${bins.from}) AND minute < make_timestamp(${bins.to})
     GROUP BY 1`,
    BIN,
  );
  return new Map(rows.map((r) => [r.k, r]));
}

function bar(bins: Grid, i: number, row: z.infer<typeof BIN> | undefined): TimelineBin {
  return {
    fromMs: toMillis(bins.from) + i * bins.widthMs,
    events: row?.events ?? 0,
    duplicates: row?.duplicates ?? 0,
    late: row?.late ?? 0,
    rejected: row?.rejected ?? 0,
  };
}
