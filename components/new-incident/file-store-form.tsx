'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { type Place, RootBrowser } from '#components/archive/root-browser';
import { UploadPicker } from '#components/archive/upload-picker';
import { useUploads } from '#components/archive/use-uploads.ts';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import type { LiveStoreRow } from '#components/new-incident/use-live-stores.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Segmented } from '#components/ui/segmented';

type Source = { kind: 'file'; root: string; path: string } | { kind: 'file'; archiveId: string };

/** A CSV or Parquet file as the live store: the patch rewrites it as a whole and keeps the old one. */
export function FileStoreForm({ onSaved }: { onSaved: (store: LiveStoreRow) => void }) {
  const [way, setWay] = useState<'path' | 'upload'>('path');
  const [uploadId, setUploadId] = useState<string | null>(null);
  const { items } = useUploads(uploadId);
  const save = useMutation({
    mutationFn: (source: Source) => postJson<LiveStoreRow>('/api/v1/live-stores', source),
    onSuccess: onSaved,
  });
  const arrived = items.find((item) => item.state === 'done');
  return (
    <div className="grid gap-3">
      <p className="text-pretty text-text-2">
        A CSV or Parquet file with one row a key. Applying writes a new file and swaps it in at once; rows
        that are not patched keep their bytes, and the old file stays beside it.
      </p>
      <Segmented
        label="Where the file is"
        className="justify-self-start"
        options={[
          { value: 'path', label: 'On this server' },
          { value: 'upload', label: 'Upload it' },
        ]}
        value={way}
        onValueChange={setWay}
      />
      {way === 'path' ? (
        <RootBrowser
          wanted="file"
          busy={save.isPending}
          onPick={(place: Place) => save.mutate({ kind: 'file', ...place })}
        />
      ) : (
        <>
          <UploadPicker single archiveId={uploadId} onArchive={setUploadId} />
          {uploadId !== null && arrived !== undefined ? (
            <Button
              variant="primary"
              className="justify-self-start"
              busy={save.isPending}
              busyLabel="Saving"
              onClick={() => save.mutate({ kind: 'file', archiveId: uploadId })}
            >
              Use {arrived.path}
            </Button>
          ) : null}
        </>
      )}
      {save.isError ? (
        <BoxedNotice tone="danger" role="alert">
          {apiErrorOf(save.error).message} {apiErrorOf(save.error).fix}
        </BoxedNotice>
      ) : null}
    </div>
  );
}
