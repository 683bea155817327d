'use client';

import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { chosenFiles, droppedFiles } from '#components/archive/dropped-files.ts';
import type { LocalFile } from '#components/archive/uploads.ts';
import { Button } from '#components/ui/button';
import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';

type DropZoneProps = {
  /** What is wanted, in a line. */
  title: ReactNode;
  hint: ReactNode;
  /** One file only, and no folders. */
  single?: boolean | undefined;
  accept?: string | undefined;
  onFiles: (files: readonly LocalFile[]) => void;
};

/** Files by dropping or choosing. The buttons do the same as the drop, so nothing needs a mouse. */
export function DropZone({ title, hint, single = false, accept, onFiles }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const found = await droppedFiles(event.dataTransfer);
    if (found.length > 0) onFiles(single ? found.slice(0, 1) : found);
  };
  const take = (input: HTMLInputElement) => {
    const found = input.files === null ? [] : chosenFiles(input.files);
    input.value = '';
    if (found.length > 0) onFiles(found);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the drop is a short cut for the buttons in it
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => void drop(event)}
      className={classes(
        'grid justify-items-center gap-1 rounded-control border border-dashed px-4 py-6 text-center',
        over ? 'border-accent bg-accent-soft' : 'border-control bg-bg',
      )}
    >
      <Icon name="upload" size={18} className="mb-1 text-text-3" />
      <p className="font-medium">{title}</p>
      <p className="max-w-[56ch] text-pretty text-text-3 text-xs">{hint}</p>
      <div className="mt-2.5 flex flex-wrap justify-center gap-2">
        <Button icon="document" onClick={() => files.current?.click()}>
          {single ? 'Choose a file' : 'Choose files'}
        </Button>
        {single ? null : (
          <Button icon="folder" onClick={() => folder.current?.click()}>
            Choose a folder
          </Button>
        )}
      </div>
      <input
        ref={files}
        type="file"
        multiple={!single}
        accept={accept}
        hidden
        aria-label={single ? 'File' : 'Files'}
        onChange={(event) => take(event.target)}
      />
      {single ? null : (
        <input
          ref={folder}
          type="file"
          hidden
          aria-label="Folder"
          // React has no name for it; every browser has the attribute.
          {...{ webkitdirectory: '' }}
          onChange={(event) => take(event.target)}
        />
      )}
    </div>
  );
}
