'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { formatBytes, formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { SkeletonRows } from '#components/ui/loading';
import { ErrorState } from '#components/ui/states';

export type Place = { readonly root: string; readonly path: string };

type Entry = {
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly bytes: number | string | null;
};

type RootBrowserProps = {
  /** `folder`: a folder or a file may be taken; `file`: files only. */
  wanted: 'folder' | 'file';
  busy: boolean;
  onPick: (place: Place) => void;
};

/** Looks through the folders that the server may read, and takes one. */
export function RootBrowser({ wanted, busy, onPick }: RootBrowserProps) {
  const [place, setPlace] = useState<Place | null>(null);
  const roots = useQuery({
    queryKey: ['roots'],
    queryFn: ({ signal }) => getJson<{ roots: { name: string }[] }>('/api/v1/roots', { signal }),
  });
  if (roots.isPending) return <SkeletonRows rows={3} label="Looking for folders" />;
  if (roots.isError) {
    return (
      <ErrorState
        compact
        error={apiErrorOf(roots.error)}
        actions={<Button onClick={() => void roots.refetch()}>Try again</Button>}
      />
    );
  }
  const names = roots.data.roots.map((root) => root.name);
  const only = names.length === 1 ? (names[0] ?? null) : null;
  const current = place ?? (only === null ? null : { root: only, path: '' });
  if (names.length === 0) {
    return (
      <p className="text-text-2">
        No folder is set up for reading. Start Recount with <code>RECOUNT_ARCHIVE_ROOTS=name=/path</code>, or
        upload the files.
      </p>
    );
  }
  return (
    <div className="overflow-hidden rounded-control border border-line">
      <Trail current={current} severalRoots={only === null} onGo={setPlace} />
      {current === null ? (
        <ul className="divide-y divide-line">
          {names.map((name) => (
            <li key={name}>
              <EntryButton icon="folder" name={name} onPress={() => setPlace({ root: name, path: '' })} />
            </li>
          ))}
        </ul>
      ) : (
        <Folder current={current} wanted={wanted} busy={busy} onGo={setPlace} onPick={onPick} />
      )}
    </div>
  );
}

function Trail({
  current,
  severalRoots,
  onGo,
}: {
  current: Place | null;
  severalRoots: boolean;
  onGo: (place: Place | null) => void;
}) {
  const parts = current === null || current.path === '' ? [] : current.path.split('/');
  const step = 'rounded-tag px-1 py-0.5 hover:bg-hover hover:text-text';
  return (
    <nav
      aria-label="Folder"
      className="flex flex-wrap items-center gap-0.5 border-line border-b bg-bg px-2 py-1.5 text-text-2 text-xs"
    >
      {severalRoots || current === null ? (
        <button type="button" className={step} onClick={() => onGo(null)}>
          Folders
        </button>
      ) : null}
      {current === null ? null : (
        <>
          {severalRoots ? <Icon name="chevron-right" size={11} /> : null}
          <button type="button" className={step} onClick={() => onGo({ root: current.root, path: '' })}>
            {current.root}
          </button>
          {parts.map((part, at) => {
            const path = parts.slice(0, at + 1).join('/');
            return (
              <span key={path} className="flex items-center gap-0.5">
                <Icon name="chevron-right" size={11} />
                <button type="button" className={step} onClick={() => onGo({ root: current.root, path })}>
                  {part}
                </button>
              </span>
            );
          })}
        </>
      )}
    </nav>
  );
}

type FolderProps = {
  current: Place;
  wanted: 'folder' | 'file';
  busy: boolean;
  onGo: (place: Place) => void;
  onPick: (place: Place) => void;
};

function Folder({ current, wanted, busy, onGo, onPick }: FolderProps) {
  const listing = useQuery({
    queryKey: ['roots', current.root, current.path],
    queryFn: ({ signal }) =>
      getJson<{ path: string; entries: Entry[]; more?: number }>(
        `/api/v1/roots/${encodeURIComponent(current.root)}?path=${encodeURIComponent(current.path)}`,
        { signal },
      ),
  });
  if (listing.isPending) return <SkeletonRows rows={3} label="Reading the folder" />;
  if (listing.isError) return <ErrorState compact error={apiErrorOf(listing.error)} />;
  const inside = (name: string): Place => ({
    root: current.root,
    path: current.path === '' ? name : `${current.path}/${name}`,
  });
  const { entries, more = 0 } = listing.data;
  return (
    <>
      <ul className="relative max-h-64 divide-y divide-line overflow-y-auto">
        {entries.length === 0 ? <li className="px-3 py-4 text-text-3">This folder is empty.</li> : null}
        {entries.map((entry) => (
          <li key={entry.name}>
            <EntryButton
              icon={entry.kind === 'folder' ? 'folder' : 'document'}
              name={entry.name}
              detail={entry.kind === 'file' && entry.bytes !== null ? formatBytes(entry.bytes) : 'open'}
              label={entry.kind === 'folder' ? `Open ${entry.name}` : `Use ${entry.name}`}
              onPress={() =>
                entry.kind === 'folder' ? onGo(inside(entry.name)) : onPick(inside(entry.name))
              }
            />
          </li>
        ))}
        {more > 0 ? (
          <li className="px-3 py-2 text-text-3 text-xs">and {formatCount(more)} more, not listed</li>
        ) : null}
      </ul>
      {wanted === 'folder' ? (
        <div className="flex items-center justify-between gap-3 border-line border-t bg-bg px-3 py-2">
          <span className="min-w-0 truncate text-text-3 text-xs">
            Everything in it is read, also in folders below.
          </span>
          <Button
            size="sm"
            busy={busy}
            busyLabel="Opening"
            disabledReason={entries.length === 0 ? 'The folder is empty.' : null}
            onClick={() => onPick(current)}
          >
            Use this folder
          </Button>
        </div>
      ) : null}
    </>
  );
}

type EntryButtonProps = {
  icon: 'folder' | 'document';
  name: string;
  detail?: string | undefined;
  label?: string | undefined;
  onPress: () => void;
};

function EntryButton({ icon, name, detail, label, onPress }: EntryButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onPress}
      className="flex min-h-11 w-full items-center gap-2.5 px-3 text-left -outline-offset-2 hover:bg-hover md:min-h-row"
    >
      <Icon name={icon} className="text-text-3" />
      <span className="min-w-0 flex-1 truncate" title={name}>
        {name}
      </span>
      {detail ? <span className="text-text-3 text-xs">{detail}</span> : null}
    </button>
  );
}
