import { contentOf } from '#lib/adapters/staging/decompress';
import { reasonOf, scanText } from '#lib/adapters/staging/scan-text';
import type { Staging, TextInput } from '#lib/adapters/staging/staging';
import type { RecordText } from '#lib/archive/stage';

const CHARS = 1000;

/**
 * The first 1,000 characters of records as they stand in a text file, by their line: for records that could be read and
 * went to quarantine later, by their key. The file is read once more; only the wanted records are kept.
 */
export async function recordTexts(
  staging: Staging,
  input: TextInput,
  lines: ReadonlySet<number>,
): Promise<ReadonlyMap<number, RecordText>> {
  const texts = new Map<number, RecordText>();
  const { real, listed, compression } = input;
  const content = contentOf(real, listed.path, compression, staging.limits, staging.spec.signal);
  await scanText(
    staging,
    input,
    staging.spec.fields.time,
    content,
    {
      record(line, bytes, start, end, _form, starts) {
        if (!lines.has(line)) return;
        const text = bytes.toString('utf8', start, Math.min(end, start + 4 * CHARS));
        const note = reasonOf(input, '', line);
        texts.set(line, { text: [...text].slice(0, CHARS).join(''), line: starts, note });
      },
      reject() {},
    },
    async () => {},
  );
  return texts;
}
