'use client';

import { useGlance } from '#components/archive/use-glance.ts';
import { useUploads } from '#components/archive/use-uploads.ts';
import { useDraft } from '#components/new-incident/draft-context';

/** The look at the draft's archive. While its first file is on its way there is nothing to look at. */
export function useGlanceOfDraft() {
  const { draft } = useDraft();
  const { uploads, items } = useUploads(draft.archiveId);
  const done = items.filter((item) => item.state === 'done').length;
  const { format } = draft.plan.archive ?? {};
  return useGlance(
    draft.archiveId,
    done,
    format ?? 'auto',
    uploads !== null && (done > 0 || items.length === 0),
  );
}
