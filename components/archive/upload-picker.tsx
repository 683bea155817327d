'use client';

import { useEffect, useState } from 'react';
import { DropZone } from '#components/archive/drop-zone';
import { nameOfUpload } from '#components/archive/dropped-files.ts';
import { forgetUnfinished, type Unfinished, unfinishedOf } from '#components/archive/unfinished.ts';
import { UploadList } from '#components/archive/upload-list';
import type { LocalFile } from '#components/archive/uploads.ts';
import { uploadsOf, useUploads } from '#components/archive/use-uploads.ts';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { countOf, formatBytes } from '#components/ui/format.ts';

type UploadPickerProps = {
  /** The upload that files go to; null: the first files make one. */
  archiveId: string | null;
  onArchive: (archiveId: string) => void;
  /** One file, as a live store. */
  single?: boolean | undefined;
};

/** Takes files, sends them, and shows them on their way. */
export function UploadPicker({ archiveId, onArchive, single = false }: UploadPickerProps) {
  const { uploads, items } = useUploads(archiveId);
  const [refused, setRefused] = useState<string | null>(null);
  const send = async (files: readonly LocalFile[]) => {
    setRefused(null);
    try {
      const id =
        archiveId ??
        (await postJson<{ id: string }>('/api/v1/archives', { kind: 'upload', name: nameOfUpload(files) }))
          .id;
      setRefused(leftOutWords(uploadsOf(id).add(files)));
      if (archiveId === null) onArchive(id);
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      setRefused(`${error.message} ${error.fix}`);
    }
  };
  return (
    <div className="grid gap-3">
      {archiveId === null ? null : <Unsent archiveId={archiveId} known={items.map((item) => item.path)} />}
      {single && items.length > 0 ? null : (
        <DropZone
          single={single}
          title={
            single
              ? 'Drop the file here'
              : items.length === 0
                ? 'Drop files or folders here'
                : 'Drop more files here'
          }
          hint={
            single
              ? 'CSV or Parquet. The patch is written to the uploaded copy; the old one is kept beside it.'
              : 'CSV, JSON or Parquet, also gzip, in folders by date and hour or flat. Each file is hashed here and compared when it has arrived.'
          }
          onFiles={(files) => void send(files)}
        />
      )}
      {refused ? (
        <BoxedNotice tone="danger" role="alert">
          {refused}
        </BoxedNotice>
      ) : null}
      {uploads === null ? null : <UploadList uploads={uploads} items={items} />}
    </div>
  );
}

/** Files are told apart by their paths: a second one of the same path is not taken, and that is said. */
function leftOutWords(paths: readonly string[]): string | null {
  if (paths.length === 0) return null;
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  const [was, it] = paths.length === 1 ? ['was', 'it'] : ['were', 'them'];
  return `${paths.slice(0, 5).join(', ')}${more} ${was} not taken: the list has a file of that path already. To replace it, remove that one first; to keep both, rename ${it} or choose the folder that holds ${it}.`;
}

/** After a reload: the page no longer has the files, the server still has their first bytes. */
function Unsent({ archiveId, known }: { archiveId: string; known: readonly string[] }) {
  const [files, setFiles] = useState<readonly Unfinished[]>([]);
  useEffect(() => setFiles(unfinishedOf(archiveId)), [archiveId]);
  const left = files.filter((file) => !known.includes(file.path));
  if (left.length === 0) return null;
  const forget = () => {
    forgetUnfinished(archiveId);
    setFiles([]);
  };
  return (
    <BoxedNotice
      tone="warn"
      actions={
        <Button size="sm" onClick={forget}>
          Leave them out
        </Button>
      }
    >
      <p>
        {countOf(left.length, 'file was', 'files were')} not sent to the end. Choose{' '}
        {left.length === 1 ? 'it' : 'them'} again: what has arrived is kept, and sending goes on there.
      </p>
      <p className="text-xs">
        {left
          .slice(0, 5)
          .map((file) => `${file.path} (${formatBytes(file.bytes)})`)
          .join(', ')}
        {left.length > 5 ? ` and ${left.length - 5} more` : ''}
      </p>
    </BoxedNotice>
  );
}
