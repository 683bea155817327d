import type { LocalFile } from '#components/archive/uploads.ts';

/** What the system leaves in folders that is no part of an archive. */
const NOISE = /^(\.DS_Store|Thumbs\.db|desktop\.ini|_SUCCESS|\..+\.crc)$/i;

const kept = (file: LocalFile): boolean => !NOISE.test(file.path.split('/').at(-1) ?? '');

/** Files chosen in a dialog; a chosen folder gives each its path. */
export function chosenFiles(list: FileList): LocalFile[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file })).filter(kept);
}

/** Dropped files, and everything in dropped folders, in the order of their paths. */
export async function droppedFiles(transfer: DataTransfer): Promise<LocalFile[]> {
  // The entries must be taken before the first wait: the list is emptied when the event ends.
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter(
    (entry) => entry !== null,
  );
  const found = (await Promise.all(entries.map(walk))).flat();
  return found.filter(kept).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(entry: FileSystemEntry): Promise<LocalFile[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const children: FileSystemEntry[] = [];
  // A reader gives at most 100 entries at a time, and none when it is at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) break;
    children.push(...batch);
  }
  return (await Promise.all(children.map(walk))).flat();
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** How an upload is called: its one file, or the folder that all lie in. */
export function nameOfUpload(files: readonly LocalFile[]): string {
  const [first] = files;
  if (first === undefined) return 'Upload';
  if (files.length === 1) return first.path.split('/').at(-1) ?? first.path;
  const [folder, ...rest] = first.path.split('/');
  const shared = rest.length > 0 && files.every((file) => file.path.startsWith(`${folder}/`));
  return shared && folder ? folder : `${first.path.split('/').at(-1)} and ${files.length - 1} more`;
}
