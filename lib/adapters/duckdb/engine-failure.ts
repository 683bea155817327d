import { Failure } from '#lib/base/failure';

/** DuckDB's own words for what is not the user's doing; null for every other error. */
export function engineFailure(error: unknown): Failure | null {
  const message = error instanceof Error ? error.message : String(error);
  if (/No space left on device|failed to write|ENOSPC/i.test(message)) {
    return new Failure('disk.full', `DuckDB could not write its files: ${firstLine(message)}`, {
      cause: error,
    });
  }
  if (/^Out of Memory Error|could not allocate|max_temp_directory_size/i.test(message)) {
    return new Failure('engine.memory', firstLine(message), { cause: error });
  }
  return null;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
