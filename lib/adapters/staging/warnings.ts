import type { Staged } from '#lib/adapters/staging/view';
import type { Warning } from '#lib/archive/archive';
import { nearest } from '#lib/base/nearest';

/** Empty files, and files with the same content. */
export function fileWarnings(staged: readonly Staged[]): Warning[] {
  const warnings: Warning[] = [];
  const bySha = new Map<string, string>();
  for (const { input, part, parquet } of staged) {
    const { path } = input.listed;
    if ((part?.records ?? parquet?.rows ?? 0) === 0) {
      // a file without a record is no other one's double
      warnings.push({ code: 'empty_file', message: `${path} holds no records.` });
      continue;
    }
    const twin = bySha.get(input.sha256);
    if (twin !== undefined)
      warnings.push({ code: 'same_content', message: `${path} has the same content as ${twin}.` });
    bySha.set(input.sha256, twin ?? path);
  }
  return warnings;
}

/** Declared types of columns that no file has: a name that is not written as the archive writes it goes by unseen else. */
export function typeWarnings(
  staged: readonly Staged[],
  hiveKeys: ReadonlySet<string>,
  types: ReadonlyMap<string, string>,
): Warning[] {
  const known = new Set([...hiveKeys, ...staged.flatMap(columnNames)]);
  if (known.size === 0) return [];
  return [...types].flatMap(([name, type]) => {
    if (known.has(name)) return [];
    const near = nearest(name, [...known]);
    const hint = near === null ? '' : `; the nearest is ${near}`;
    const message = `archive.types.${name} says ${type.toLowerCase()}, and no file that was read has that column${hint}.`;
    return [{ code: 'type_of_no_column', message }];
  });
}

const columnNames = ({ input, parquet }: Staged): readonly string[] =>
  parquet?.columns.map((c) => c.name) ?? input.text?.columns ?? [];

/** Columns that some files lack, and text files whose columns stand in another order. */
export function columnWarnings(staged: readonly Staged[], used: readonly string[]): Warning[] {
  const files = staged
    .map((file) => ({
      path: file.input.listed.path,
      columns: columnNames(file),
      text: file.input.text !== null,
    }))
    .filter((f) => f.columns.length > 0);
  const warnings: Warning[] = [];
  for (const name of new Set(files.flatMap((f) => f.columns))) {
    const without = files.filter((f) => !f.columns.includes(name));
    if (without.length === 0) continue;
    warnings.push({
      code: used.includes(name) ? 'column_missing' : 'column_extra',
      message: `The column ${name} is missing in ${without.length} of ${files.length} files (the first: ${without[0]?.path}); it is NULL there.`,
    });
  }
  const [first] = files.filter((f) => f.text);
  const sorted = (columns: readonly string[]): string => JSON.stringify([...columns].sort());
  const moved = files.find(
    (f) =>
      f.text &&
      first &&
      sorted(f.columns) === sorted(first.columns) &&
      f.columns.join('\0') !== first.columns.join('\0'),
  );
  if (moved !== undefined && first !== undefined)
    warnings.push({
      code: 'column_order',
      message: `${moved.path} has its columns in another order than ${first.path}; columns are taken by name.`,
    });
  return warnings;
}
