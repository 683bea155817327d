import { MICROS } from '#lib/base/instant';
import { DECLARABLE_TYPES, parseColumnType } from '#lib/plan/column-type';
import { parseDuration } from '#lib/plan/duration';
import type { ArchivePlan, FieldMap, RejectLimit } from '#lib/plan/plan';
import type { Field, PlanReader } from '#lib/plan/reader';
import { holdsSecret } from '#lib/plan/store-text';

const FIELDS = ['at', 'format', 'layout', 'slack', 'fields', 'types', 'timezone', 'rejects', 'conflicts'];
const DEFAULT_SLACK = 2n * MICROS.hour;

/** Reads `archive`. Null where something in it is wrong. */
export function readArchive(reader: PlanReader, field: Field): ArchivePlan | null {
  const map = reader.map(field, FIELDS);
  if (map === null) return null;
  const at = readAt(reader, map.get('at'));
  const format = reader.oneOf(map.get('format'), ['auto', 'csv', 'json', 'parquet'], 'auto');
  const layout = reader.oneOf(map.get('layout'), ['auto', 'plain', 'hive'], 'auto');
  const slackMicros = readSlack(reader, map.get('slack'));
  const fields = readFields(reader, map.get('fields'));
  const types = readTypes(reader, map.get('types'));
  const timezone = reader.zone(map.get('timezone'), null);
  const rejects = readRejects(reader, map.get('rejects'));
  const conflicts = reader.oneOf(map.get('conflicts'), ['block', 'first', 'last'], 'block');
  if (at === null || format === null || layout === null || slackMicros === null || fields === null)
    return null;
  if (rejects === null || conflicts === null) return null;
  return { at, format, layout, slackMicros, fields, types, timezone, rejects, conflicts };
}

function readAt(reader: PlanReader, field: Field): string | null {
  const at = reader.text(field, 'Name the archive: a path or a glob such as archive/**/*.parquet.');
  if (at === null || !holdsSecret(at)) return at;
  const fix = `Put it into an environment variable and write \${NAME} in the plan.`;
  return reader.report('plan.secret', field, `\`${field.path}\` holds a password or key`, fix);
}

function readSlack(reader: PlanReader, field: Field): bigint | null {
  if (!reader.has(field)) return DEFAULT_SLACK;
  const fix = 'Write a length of time such as 2h, 30m or 0s.';
  const text = reader.expression(field, fix);
  if (text === null) return null;
  if (text === '0') return 0n;
  return parseDuration(text) ?? reader.wrong(field, `is \`${text}\`, which is no length of time`, fix);
}

function readFields(reader: PlanReader, field: Field): FieldMap | null {
  const map = reader.map(field, ['id', 'time', 'ingested', 'sequence', 'deleted']);
  if (map === null) return null;
  const fix = 'Name a column of the archive.';
  const id = reader.optionalText(map.get('id'), fix);
  const time = reader.text(map.get('time'), 'Name the column that says when an event happened.');
  const ingested = reader.optionalText(map.get('ingested'), fix);
  const sequence = reader.optionalText(map.get('sequence'), fix);
  const deletedField = map.get('deleted');
  const deleted = reader.has(deletedField)
    ? reader.expression(deletedField, "Write a condition over the event, for example op = 'delete'.")
    : null;
  return time === null ? null : { id, time, ingested, sequence, deleted };
}

function readTypes(reader: PlanReader, field: Field): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  if (!reader.has(field)) return types;
  const fix = `Use one of ${DECLARABLE_TYPES.join(', ')}.`;
  for (const [column, inner] of reader.names(
    field,
    'columns with their types, such as { value: "decimal(18,2)" }',
  ) ?? []) {
    const text = reader.text(inner, fix);
    if (text === null) continue;
    const type = parseColumnType(text);
    if (type !== null) types.set(column, type);
    else if (/^(decimal|numeric|dec)\b/i.test(text.trim())) {
      const how =
        'Write the digits in all and after the point, in quotes: "decimal(18,2)"; at most 38 digits.';
      reader.wrong(inner, `is \`${text}\`, a decimal without a usable width and scale`, how);
    } else reader.wrong(inner, `is \`${text}\`, which is no type that can be declared`, fix);
  }
  return types;
}

function readRejects(reader: PlanReader, field: Field): RejectLimit | null {
  if (!reader.has(field)) return { kind: 'count', count: 0n };
  const fix = 'Write a whole number of records, or a percentage in quotes: "0.1%".';
  const text = reader.expression(field, fix);
  if (text === null) return null;
  if (/^\d{1,15}$/.test(text)) return { kind: 'count', count: BigInt(text) };
  const percent = /^(\d{1,3}(?:\.\d{1,12})?)\s?%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) <= 100) return { kind: 'percent', percent: plain(percent) };
  return reader.wrong(field, `is \`${text}\`, neither a number of records nor a percentage`, fix);
}

/** One form for each number, so that `0.10%` and `0.1%` give the same seal. */
const plain = (decimal: string): string =>
  decimal
    .replace(/^0+(?=\d)/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
