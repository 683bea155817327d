'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { totalOf } from '#components/archive/uploads.ts';
import { useUploads } from '#components/archive/use-uploads.ts';
import { sectionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { focusField } from '#components/new-incident/needed-list';
import { useNeeded } from '#components/new-incident/section';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import { ActionBar } from '#components/ui/page';
import { useToast } from '#components/ui/toast';

/** Where the draft stands, and the two ways on. */
export function DraftBar() {
  const { draft, view, state } = useDraft();
  const { going, saveDraft, readArchive } = useWaysOn();
  const { items } = useUploads(draft.archiveId);
  const total = totalOf(items);
  const needed = useNeeded('archive');
  const number = view?.number ?? null;

  useAddress(number);
  const wait =
    total.active + total.paused + total.failed > 0
      ? `${countOf(total.files - total.done, 'file has', 'files have')} not arrived yet.`
      : draft.archiveId === null
        ? 'Choose an archive first.'
        : null;

  return (
    <ActionBar
      actions={
        <>
          <Button busy={going === 'save'} busyLabel="Saving" onClick={() => void saveDraft()}>
            Save draft
          </Button>
          <Button
            variant="primary"
            busy={going === 'read'}
            busyLabel="Saving"
            disabledReason={wait}
            onClick={() => void readArchive()}
          >
            Read archive
          </Button>
        </>
      }
      note={
        draft.archiveId !== null && needed
          ? `Archive: ${countOf(needed, 'thing', 'things')} still needed`
          : null
      }
    >
      <span role="status">{WORDS[state](number)}</span>
    </ActionBar>
  );
}

const WORDS: Record<'clean' | 'waiting' | 'saving' | 'failed', (number: number | null) => string> = {
  clean: (number) => (number === null ? 'Nothing entered yet.' : `Draft INC-${number} is saved.`),
  waiting: () => 'Saving the draft.',
  saving: () => 'Saving the draft.',
  failed: () => 'The draft is not saved.',
};

/** The two ways on: to the list with the draft saved, or to the archive with it being read. */
function useWaysOn() {
  const { flush, showAll } = useDraft();
  const router = useRouter();
  const cache = useQueryClient();
  const { notify } = useToast();
  const [going, setGoing] = useState<'save' | 'read' | null>(null);

  const saveDraft = async () => {
    setGoing('save');
    const saved = await flush();
    setGoing(null);
    if (saved === null) return;
    notify({ title: `INC-${saved.number} is saved as a draft`, tone: 'ok' });
    router.push('/incidents');
  };
  const readArchive = async () => {
    showAll();
    setGoing('read');
    const saved = await flush();
    const [first] = (saved?.missing ?? []).filter((one) => sectionOf(one.path) === 'archive');
    if (saved === null || first !== undefined) {
      setGoing(null);
      if (first !== undefined) focusField(first.path);
      return;
    }
    try {
      const reference = `INC-${saved.number}`;
      await postJson(`/api/v1/incidents/${reference}/survey`);
      void cache.invalidateQueries({ queryKey: ['incident', reference] });
      router.push(`/incidents/${reference}/archive`);
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      notify({ title: error.message, description: error.fix, tone: 'danger' });
      setGoing(null);
    }
  };
  return { going, saveDraft, readArchive };
}

/** The address names the draft from the first save on, so that a reload finds it. */
function useAddress(number: number | null): void {
  const cache = useQueryClient();
  useEffect(() => {
    if (number === null) return;
    const address = `/incidents/new?incident=INC-${number}`;
    if (`${location.pathname}${location.search}` !== address)
      history.replaceState(null, '', `${address}${location.hash}`);
    void cache.invalidateQueries({ queryKey: ['incidents'] });
  }, [number, cache]);
}
