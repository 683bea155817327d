import { Bug } from '#lib/base/failure';

// What COPY … TO STDOUT (FORMAT binary) writes: a head of 19 bytes, then of each row the number of its fields (2 bytes) and
// each field with its length (4 bytes; -1: null), at the end -1 in place of a row. PostgreSQL, "COPY", "Binary Format".

const HEAD_BYTES = 19;

/** One row, in the bytes that came: where field n begins stands in `places[2n]`, where it ends in `places[2n + 1]`; -1: null. */
export type CopiedRow = { readonly bytes: Buffer; readonly places: readonly number[] };

/** The rows of such a stream, as they come. */
export async function* copyRows(stream: AsyncIterable<Buffer>): AsyncGenerator<readonly CopiedRow[], void> {
  let rest: Buffer = Buffer.alloc(0);
  let isBegun = false;
  for await (const part of stream) {
    const bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    if (!isBegun && bytes.length < HEAD_BYTES) {
      rest = bytes;
      continue;
    }
    const { rows, at } = rowsIn(bytes, isBegun ? 0 : HEAD_BYTES);
    isBegun = true;
    rest = bytes.subarray(at);
    if (rows.length > 0) yield rows;
  }
  if (rest.length !== 2 || rest.readInt16BE(0) !== -1) throw new Bug('the rows of a COPY broke off');
}

/** Every row that is there whole, and where the rest begins. */
function rowsIn(bytes: Buffer, from: number): { readonly rows: CopiedRow[]; readonly at: number } {
  const rows: CopiedRow[] = [];
  let at = from;
  while (at + 2 <= bytes.length) {
    const fields = bytes.readInt16BE(at);
    if (fields === -1) break;
    const places: number[] = [];
    const end = placesOf(bytes, at + 2, fields, places);
    if (end === null) break;
    rows.push({ bytes, places });
    at = end;
  }
  return { rows, at };
}

/** Finds the fields of a row; null where not all of it is there yet. */
function placesOf(bytes: Buffer, from: number, fields: number, places: number[]): number | null {
  let next = from;
  for (let field = 0; field < fields; field++) {
    if (next + 4 > bytes.length) return null;
    const length = bytes.readInt32BE(next);
    next += 4;
    if (length === -1) {
      places.push(-1, -1);
      continue;
    }
    places.push(next, next + length);
    next += length;
  }
  return next > bytes.length ? null : next;
}
