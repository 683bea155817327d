'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';
import { workerHasher } from '#components/archive/hasher.ts';
import { noteUnfinished } from '#components/archive/unfinished.ts';
import { uploadTransport } from '#components/archive/upload-transport.ts';
import { type UploadItem, Uploads } from '#components/archive/uploads.ts';

const hasher = workerHasher();
// Uploads outlive the component that shows them: going to another page and back must not stop them.
const running = new Map<string, Uploads>();

/** The uploads of an archive, begun with the first call. */
export function uploadsOf(archiveId: string): Uploads {
  const known = running.get(archiveId);
  if (known !== undefined) return known;
  const made = new Uploads({ transport: uploadTransport(archiveId), hasher });
  made.subscribe(() => noteUnfinished(archiveId, made.items()));
  running.set(archiveId, made);
  return made;
}

const NONE: readonly UploadItem[] = [];

/** The same for a component, with where each file stands. */
export function useUploads(archiveId: string | null): {
  uploads: Uploads | null;
  items: readonly UploadItem[];
} {
  const [known, setKnown] = useState<{ id: string; uploads: Uploads } | null>(null);
  useEffect(() => {
    setKnown(archiveId === null ? null : { id: archiveId, uploads: uploadsOf(archiveId) });
  }, [archiveId]);
  const uploads = known !== null && known.id === archiveId ? known.uploads : null;
  const items = useSyncExternalStore(
    uploads?.subscribe ?? noSubscription,
    uploads?.items ?? (() => NONE),
    () => NONE,
  );
  useWarnBeforeLeaving(items.some((item) => ['waiting', 'sending', 'checking'].includes(item.state)));
  return { uploads, items };
}

const noSubscription = () => () => undefined;

/** Closing the page stops what it sends: the browser asks first. */
function useWarnBeforeLeaving(active: boolean): void {
  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [active]);
}
