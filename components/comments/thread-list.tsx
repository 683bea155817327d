'use client';

import { type ReactNode, useState } from 'react';
import { Thread } from '#components/comments/thread';
import { Button } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import type { ThreadView } from '#lib/compare/comment';

type ListProps = {
  threads: readonly ThreadView[];
  runId: string;
  /** What stands above a thread. */
  aboutOf?: (thread: ThreadView) => ReactNode;
};

const isPointedAt = ({ first }: ThreadView): boolean =>
  typeof window !== 'undefined' && window.location.hash === `#thread-${first.id}`;

/** The open threads, and those that are resolved behind a button. */
export function ThreadList({ threads, runId, aboutOf }: ListProps) {
  const open = threads.filter(({ resolved }) => resolved === null);
  const resolved = threads.filter((thread) => thread.resolved !== null);
  const [shown, setShown] = useState(() => resolved.some(isPointedAt));
  const list = shown ? [...open, ...resolved] : open;
  return (
    <>
      {list.length === 0 ? null : (
        <ul className="divide-y divide-line">
          {list.map((thread) => (
            <li key={thread.first.id}>
              <Thread thread={thread} runId={runId} about={aboutOf?.(thread)} />
            </li>
          ))}
        </ul>
      )}
      {resolved.length === 0 ? null : (
        <div className="px-3.5 py-2">
          <Button size="sm" variant="ghost" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Hide' : 'Show'} {countOf(resolved.length, 'resolved thread', 'resolved threads')}
          </Button>
        </div>
      )}
    </>
  );
}
