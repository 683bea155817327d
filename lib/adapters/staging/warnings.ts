import type { Staged } from '#lib/adapters/staging/view';
import type { Warning } from '#lib/archive/archive';

/** Empty files, and files with the same content. */
export function fileWarnings(staged: readonly Staged[]): Warning[] {
  const warnings: Warning[] = [];
  const bySha = new Map<string, string>();
  for (const { input, part, parquet } of staged) {
    const { path } = input.listed;
    if ((part?.records ?? parquet?.rows ?? 0) === 0)
      warnings.push({ code: 'empty_file', message: `${path} holds no records.` });
    const twin = bySha.get(input.sha256);
    if (twin !== undefined)
      warnings.push({ code: 'same_content', message: `${path} has the same content as ${twin}.` });
    bySha.set(input.sha256, twin ?? path);
  }
  return warnings;
}

/** Columns that some files lack, and text files whose columns stand in another order. */
export function columnWarnings(staged: readonly Staged[], used: readonly string[]): Warning[] {
  const files = staged
    .map(({ input, parquet }) => ({
      path: input.listed.path,
      columns: parquet?.columns.map((c) => c.name) ?? input.text?.columns ?? [],
      text: input.text !== null,
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
