const [QUOTE, COMMA, LF] = [34, 44, 10];

/** The most bytes that `quoteLines` writes for so many. */
export const quotedLinesRoom = (bytes: number, columns: number, fields: number): number =>
  bytes + Math.ceil(bytes / columns) * (3 * fields + 1);

/**
 * Writes fields of whole lines, in which there is neither a quote nor a carriage return, as `CsvRecord.writeQuoted` does:
 * in quotes, NULL as nothing. Byte by byte and without an object a record, since this is most of the time that a large
 * live file takes. Answers how many lines there are and where the output ends; null where a line is blank or does not
 * have `columns` fields: then they must be looked at one by one.
 */
export function quoteLines(
  bytes: Buffer,
  columns: number,
  fields: readonly number[],
  out: Buffer,
  at: number,
): { readonly rows: number; readonly end: number } | null {
  // where each field of the line begins, and behind the last one's end
  const starts = new Int32Array(columns + 1);
  let [to, rows, n] = [at, 0, 0];
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte !== COMMA && byte !== LF) continue;
    n += 1;
    if (n > columns) return null;
    starts[n] = i + 1;
    if (byte === COMMA) continue;
    if (n < columns || (n === 1 && i === starts[0])) return null;
    for (let f = 0; f < fields.length; f += 1) {
      const field = fields[f] ?? 0;
      let from = starts[field] ?? 0;
      const end = (starts[field + 1] ?? 0) - 1;
      if (f > 0) out[to++] = COMMA;
      if (from === end) continue;
      out[to++] = QUOTE;
      while (from < end) out[to++] = bytes[from++] ?? 0;
      out[to++] = QUOTE;
    }
    out[to++] = LF;
    rows += 1;
    n = 0;
    starts[0] = i + 1;
  }
  return { rows, end: to };
}
