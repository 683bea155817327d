import { formatInstant, type Instant, MICROS } from '#lib/base/instant';
import type { OracleEvent, OracleIncident, OracleRow } from '#lib/compare/oracle/incident';

/**
 * An incident as files: `plan.yaml`, `archive/one.csv` and `two.csv` (records in another order than the incident's),
 * `live.csv`, and `base.csv` where there is a baseline. `plan`: the plan in file form.
 */
export function incidentFiles(
  plan: object,
  { events, live, baseline, plan: parsed, calculation }: OracleIncident,
): Map<string, string> {
  const sequenced = parsed.archive.fields.sequence !== null;
  const fields = ['user_id', 'region', 'kind', 'value', 'qty', 'n', 'note'];
  const header = ['event_id', 'at', 'arrived', ...(sequenced ? ['seq'] : []), ...fields];
  const lines = events.map((event, i) => [
    event.id,
    event.time === null ? (i % 2 === 0 ? null : 'yesterday') : timeText(event.time, i),
    event.arrived === null ? null : timeText(event.arrived, i + 1),
    ...(sequenced ? [String(event.sequence)] : []),
    ...fields.map((name) => text(event.fields[name] ?? null)),
  ]);
  // the order of records and their files must not matter
  const shuffled = lines.map((line, i) => ({ line, at: (i * 31 + 7) % 37 })).sort((a, b) => a.at - b.at);
  const half = Math.ceil(shuffled.length / 2);
  const part = (from: number, to: number): string =>
    csv(
      header,
      shuffled.slice(from, to).map((s) => s.line),
    );
  const bucket = parsed.live.bucket === null ? [] : [parsed.live.bucket.column];
  const measures = calculation.measures.map((m) => m.name);
  const liveNames = [...parsed.live.keys, ...bucket, ...measures, 'seen'];
  const baseNames = [...parsed.live.keys, ...measures];
  const table = (names: readonly string[], rows: readonly OracleRow[]): string =>
    csv(
      names,
      rows.map((row) => names.map((name) => row[name] ?? null)),
    );
  return new Map([
    ['plan.yaml', JSON.stringify(plan, null, 2)],
    ['archive/one.csv', part(0, half)],
    ['archive/two.csv', part(half, lines.length)],
    ['live.csv', table(liveNames, live)],
    ...(baseline.length === 0 ? [] : [['base.csv', table(baseNames, baseline)] as const]),
  ]);
}

/** The same instant in one of the forms that archives have. */
function timeText(instant: Instant, i: number): string {
  const full = formatInstant(instant);
  if (i % 3 === 0) return full;
  if (i % 3 === 1) return full.replace(/\.?0+Z$/, 'Z');
  return formatInstant(instant + 2n * MICROS.hour).replace('Z', '+02:00');
}

function text(value: OracleEvent['fields'][string]): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object')
    return 'unscaled' in value ? centsText(value.unscaled) : formatInstant(value.instant);
  return String(value);
}

function centsText(cents: bigint): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function csv(names: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const field = (value: string | null): string => {
    if (value === null) return '';
    return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  return [names, ...rows].map((row) => `${row.map(field).join(',')}\n`).join('');
}
