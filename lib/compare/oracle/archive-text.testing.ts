/** How one file of a random archive is written. Parquet and compression are left to who writes files. */
export type ArchiveFile = {
  /** Below the incident's folder. */
  readonly path: string;
  readonly form: ArchiveForm;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly columns: readonly ArchiveColumn[];
  readonly rows: readonly ArchiveRow[];
  /** Chooses among spellings that must not matter: line ends, quotes, escapes, blanks. */
  readonly style: number;
};
export type ArchiveForm = 'csv' | 'lines' | 'concatenated' | 'array' | 'parquet';
/** `bare`: JSON may write it without quotes. `sql`: its type in Parquet. */
export type ArchiveColumn = { readonly name: string; readonly bare: boolean; readonly sql: string };
export type ArchiveRow = readonly (string | null)[];

/** A file's text before compression; of Parquet, the CSV that holds the same. */
export function archiveText(file: ArchiveFile): string {
  const { form, columns, rows, style } = file;
  if (form === 'csv' || form === 'parquet') return csvText(columns, rows, form === 'csv' ? style : 0);
  const objects = rows.map((row, i) => jsonText(columns, row, style + i, i === 0));
  if (form === 'lines')
    return objects.map((o) => `${o}${style % 2 ? '\r\n' : '\n'}`).join(style % 3 ? '' : '\n');
  if (form === 'concatenated') return objects.join(style % 2 ? '' : ' \n');
  return style % 2 ? `[${objects.join(',')}]` : ` [\n ${objects.join(' ,\n ')}\n]\n`;
}

function csvText(columns: readonly ArchiveColumn[], rows: readonly ArchiveRow[], style: number): string {
  const end = style % 3 === 1 ? '\r\n' : '\n';
  const bom = style % 5 === 1 ? '\ufeff' : '';
  const line = (row: ArchiveRow): string => row.map((v) => csvField(v, style % 4 === 1)).join(',');
  const lines = [columns.map((c) => c.name), ...rows].map(line);
  const blank = style % 7 === 1 ? end : '';
  return `${bom}${lines.join(end)}${end}${blank}`;
}

function csvField(value: string | null, quotes: boolean): string {
  if (value === null) return '';
  return quotes || value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** NULL is `null` or a missing key, but in the first record: a file has the columns that it names. */
function jsonText(columns: readonly ArchiveColumn[], row: ArchiveRow, style: number, whole: boolean): string {
  const members = columns.flatMap(({ name, bare }, i) => {
    const value = row[i] ?? null;
    if (value === null) return whole || (style + i) % 2 ? [`"${name}":null`] : [];
    // a bare word breaks the record, and a first record that is broken names no columns
    const quoted = !bare || value === 'nan' || (whole && value === 'one') || (style + i) % 3 === 0;
    const text = quoted ? jsonString(value, style + i) : value;
    return [`"${name}":${style % 2 ? ' ' : ''}${text}`];
  });
  const ordered = style % 3 === 2 && !whole ? members.toReversed() : members;
  return `{${ordered.join(style % 2 ? ', ' : ',')}}`;
}

function jsonString(value: string, style: number): string {
  const text = JSON.stringify(value);
  if (style % 4 !== 1) return text;
  return text.replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
