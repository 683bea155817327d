import { formatInstant, MICROS } from '#lib/base/instant';
import { oracleBucket } from '#lib/compare/oracle/buckets';
import type { OracleIncident, OracleRow } from '#lib/compare/oracle/incident';
import { consultOracle } from '#lib/compare/oracle/oracle';
import type { Plan } from '#lib/plan/plan';

/** What chance decides about the live rows: a number from 0 to 99 a row, and rows of keys that may have no event. */
export type LiveChoices = {
  readonly live: readonly number[];
  readonly extras: readonly { readonly user: string | null; readonly minutes: number }[];
};

/** Rows near the truth: what the oracle expects of an empty live store, some kept, some changed, some left out. */
export function randomLiveRows(raw: LiveChoices, empty: OracleIncident): OracleRow[] {
  const { plan } = empty;
  const names = [...plan.live.keys, ...(plan.live.bucket === null ? [] : [plan.live.bucket.column])];
  const seen = (i: number): OracleRow => ({ seen: seenOf(raw, plan, i) });
  const keyed = consultOracle(empty).rows.map((row, i): OracleRow => {
    const key = Object.fromEntries(names.map((name, at) => [name, row[at + 1] ?? null]));
    return {
      ...key,
      ...Object.fromEntries(empty.calculation.measures.map((m) => [m.name, null])),
      ...seen(i),
    };
  });
  // the second question knows each row's cut
  const answer = consultOracle({ ...empty, live: keyed });
  const right = new Map(answer.rows.map((row) => [JSON.stringify(row.slice(1, names.length + 1)), row]));
  const rows = keyed.flatMap((row, i): OracleRow[] => {
    const found = right.get(JSON.stringify(names.map((name) => row[name] ?? null)));
    const choice = raw.live[i % raw.live.length] ?? 0;
    if (choice < 20) return [];
    const measures = empty.calculation.measures.map((m, at) => {
      const value = found?.[names.length + 2 + 3 * at] ?? null;
      return [
        m.name,
        choice < 45 && at === choice % empty.calculation.measures.length
          ? moved(value, m.name, choice)
          : value,
      ];
    });
    return [{ ...row, ...Object.fromEntries(measures) }];
  });
  return [...rows, ...extraRows(raw, plan, empty, rows)];
}

const TEXTS = new Set(['note', 'newest']);
function moved(value: string | null, name: string, choice: number): string | null {
  if (choice % 3 === 0) return null;
  if (TEXTS.has(name)) return value === 'n' ? 'é' : 'n';
  if (name === 'flag') return value === 'true' ? 'false' : 'true';
  // within the tolerance, where there is one
  if (name === 'score' && choice % 3 === 1 && value !== null) return String(Number(value) + 5e-10);
  return value === '1.00' || value === '1' ? '2' : '1';
}

function seenOf(raw: LiveChoices, plan: Plan, i: number): string | null {
  const minutes = (raw.live[(i * 7 + 3) % raw.live.length] ?? 0) * 2;
  return minutes > 150 ? null : formatInstant(plan.window.to + BigInt(minutes) * MICROS.minute);
}

/** Rows of keys that may have no event, some with a NULL key; none twice. */
function extraRows(
  raw: LiveChoices,
  plan: Plan,
  incident: OracleIncident,
  rows: readonly OracleRow[],
): OracleRow[] {
  const nameOf = (row: OracleRow): string =>
    JSON.stringify([row.user_id, row.region ?? null, row.hour ?? null]);
  const taken = new Set(rows.map(nameOf));
  return raw.extras.flatMap(({ user, minutes }, i): OracleRow[] => {
    const at = plan.window.from + BigInt(minutes) * MICROS.minute;
    const { bucket } = plan.live;
    const row: OracleRow = {
      user_id: user,
      ...(plan.live.keys.includes('region') ? { region: '1' } : {}),
      ...(bucket === null
        ? {}
        : { [bucket.column]: formatInstant(oracleBucket(at, bucket, incident.bucketZoned).from) }),
      ...Object.fromEntries(incident.calculation.measures.map((m) => [m.name, moved(null, m.name, 1)])),
      seen: seenOf(raw, plan, i + 17),
    };
    if (taken.has(nameOf(row))) return [];
    taken.add(nameOf(row));
    return [row];
  });
}
