'use client';

import { useState } from 'react';
import { type Place, RootBrowser } from '#components/archive/root-browser';
import { UploadPicker } from '#components/archive/upload-picker';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { ChosenArchive } from '#components/new-incident/chosen-archive';
import { fieldId } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { Mapping } from '#components/new-incident/mapping';
import { Section } from '#components/new-incident/section';
import { useGlanceOfDraft } from '#components/new-incident/use-glance-of-draft.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { FieldError } from '#components/ui/field';
import { SkeletonRows } from '#components/ui/loading';
import { Segmented } from '#components/ui/segmented';
import { ErrorState } from '#components/ui/states';

type Way = 'upload' | 'path';

/** Section 1: where the events are, and which of their columns says what. */
export function ArchiveSection() {
  const { draft, view, edit, errorAt } = useDraft();
  const [way, setWay] = useState<Way>('upload');
  const [choosing, setChoosing] = useState(false);
  const [made, setMade] = useState<Way | null>(null);
  const [opening, setOpening] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const kind = view?.archive?.id === draft.archiveId ? view?.archive?.kind : made;
  const glance = useGlanceOfDraft();
  const picking = draft.archiveId === null || choosing;

  const take = (archiveId: string, from: Way) => {
    setMade(from);
    setChoosing(false);
    edit((old) => ({ ...old, archiveId }));
  };
  const takePath = async (place: Place) => {
    setOpening(true);
    setRefused(null);
    try {
      const { id } = await postJson<{ id: string }>('/api/v1/archives', { kind: 'path', ...place });
      take(id, 'path');
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      setRefused(`${error.message} ${error.fix}`);
    } finally {
      setOpening(false);
    }
  };

  return (
    <Section
      number={1}
      name="archive"
      title="Archive"
      lead="The events as they were recorded. Recount reads them; it never changes them."
    >
      {picking ? (
        <div className="grid gap-3" id={fieldId('archive.at')} tabIndex={-1}>
          <Segmented<Way>
            label="Where the archive is"
            className="justify-self-start"
            options={[
              { value: 'upload', label: 'Upload files' },
              { value: 'path', label: 'Folder on this server' },
            ]}
            value={way}
            onValueChange={setWay}
          />
          {way === 'upload' ? (
            <UploadPicker archiveId={null} onArchive={(id) => take(id, 'upload')} />
          ) : (
            <RootBrowser wanted="folder" busy={opening} onPick={(place) => void takePath(place)} />
          )}
          {refused ? (
            <BoxedNotice tone="danger" role="alert">
              {refused}
            </BoxedNotice>
          ) : null}
          <FieldError id={`${fieldId('archive.at')}-error`}>{errorAt('archive.at')}</FieldError>
        </div>
      ) : (
        <>
          <ChosenArchive
            name={view?.archive?.id === draft.archiveId ? (view?.archive?.name ?? null) : null}
            location={view?.archive?.id === draft.archiveId ? (view?.archive?.location ?? null) : null}
            glance={glance.data ?? null}
            onChooseAnother={() => setChoosing(true)}
          />
          {kind === 'upload' ? (
            <UploadPicker archiveId={draft.archiveId} onArchive={(id) => take(id, 'upload')} />
          ) : null}
          {glance.isError &&
          kind === 'upload' &&
          apiErrorOf(glance.error).code === 'archive.not_found' ? null : glance.isError ? (
            <ErrorState compact error={apiErrorOf(glance.error)} />
          ) : glance.data ? (
            <Mapping key={draft.archiveId} glance={glance.data} />
          ) : glance.isLoading ? (
            <SkeletonRows rows={4} label="Looking at the first files" />
          ) : null}
        </>
      )}
    </Section>
  );
}
