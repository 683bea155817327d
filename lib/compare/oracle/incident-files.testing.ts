import { parseInstant } from '#lib/base/instant';
import type { OracleIncident, OracleRow } from '#lib/compare/oracle/incident';
import { localText } from '#lib/compare/oracle/random-archive.testing';
import type { Bucket } from '#lib/plan/plan';

/** What stands beside an incident's archive: `plan.yaml` (`plan` is it in file form), `live.csv`, and `base.csv`. */
export function incidentFiles(
  plan: object,
  { live, baseline, plan: parsed, calculation, bucketZoned }: OracleIncident,
): Map<string, string> {
  const { bucket } = parsed.live;
  const measures = calculation.measures.map((m) => m.name);
  const liveNames = [...parsed.live.keys, ...(bucket === null ? [] : [bucket.column]), ...measures, 'seen'];
  const rows = bucket === null || bucketZoned ? live : live.map((row) => withLocalBucket(row, bucket));
  return new Map([
    ['plan.yaml', JSON.stringify(plan, null, 2)],
    ['live.csv', table(liveNames, rows)],
    ...(baseline.length === 0
      ? []
      : [['base.csv', table([...parsed.live.keys, ...measures], baseline)] as const]),
  ]);
}

/** The bucket by the local clock, without an offset: a repeated hour is one. */
function withLocalBucket(row: OracleRow, { column, timezone }: Bucket): OracleRow {
  const instant = parseInstant(row[column] ?? '');
  return instant === null ? row : { ...row, [column]: localText(instant, timezone, 'first') };
}

const table = (names: readonly string[], rows: readonly OracleRow[]): string =>
  csv(
    names,
    rows.map((row) => names.map((name) => row[name] ?? null)),
  );

function csv(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const field = (value: string | null): string => {
    if (value === null) return '';
    return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return [names, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}
