'use client';

import { useGlance } from '#components/archive/use-glance.ts';
import { useUploads } from '#components/archive/use-uploads.ts';
import { useDraft } from '#components/new-incident/draft-context';
import type { ArchiveGlance } from '#lib/archive/survey';

/** The look at the draft's archive that its section shows, for proposals elsewhere on the page. */
export function useGlanceOfDraft(): ArchiveGlance | null {
  const { draft } = useDraft();
  const { items } = useUploads(draft.archiveId);
  const done = items.filter((item) => item.state === 'done').length;
  return useGlance(draft.archiveId, done, done > 0 || items.length === 0).data ?? null;
}
