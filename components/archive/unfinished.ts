import type { UploadItem } from '#components/archive/uploads.ts';

/** A file that this browser began to send. Its bytes are on the server; the page that had the file open is gone. */
export type Unfinished = { readonly path: string; readonly bytes: number };

const KEY = 'recount.unfinished-uploads';
const KEPT = 500;

type Book = Readonly<Record<string, readonly Unfinished[]>>;

function read(): Book {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Book) : {};
  } catch {
    return {};
  }
}

/** The files of an archive that were not sent to their end. */
export function unfinishedOf(archiveId: string): readonly Unfinished[] {
  const files = read()[archiveId];
  return Array.isArray(files) ? files.filter((file) => typeof file?.path === 'string') : [];
}

/** Notes what is under way, so that a reload can say what is left. Without storage the note is just not there. */
export function noteUnfinished(archiveId: string, items: readonly UploadItem[]): void {
  const seen = new Set(items.map((item) => item.path));
  const open = items.filter((item) => item.state !== 'done').map(({ path, bytes }) => ({ path, bytes }));
  const others = unfinishedOf(archiveId).filter((file) => !seen.has(file.path));
  write(archiveId, [...others, ...open]);
}

export function forgetUnfinished(archiveId: string): void {
  write(archiveId, []);
}

function write(archiveId: string, files: readonly Unfinished[]): void {
  const { [archiveId]: _old, ...rest } = read();
  const book: Book = files.length === 0 ? rest : { ...rest, [archiveId]: files.slice(0, KEPT) };
  try {
    localStorage.setItem(KEY, JSON.stringify(book));
  } catch {
    // Private windows may refuse storage; the upload itself does not need it.
  }
}
