'use client';

import { useMutation } from '@tanstack/react-query';
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
  const { draft, view, edit } = useDraft();
  const [choosing, setChoosing] = useState(false);
  const [made, setMade] = useState<Way | null>(null);
  const saved = view?.archive?.id === draft.archiveId ? (view?.archive ?? null) : null;
  const take = (archiveId: string, from: Way) => {
    setMade(from);
    setChoosing(false);
    edit((old) => ({ ...old, archiveId }));
  };
  return (
    <Section
      number={1}
      name="archive"
      title="Archive"
      lead="The events as they were recorded. Recount reads them; it never changes them."
    >
      {draft.archiveId === null || choosing ? (
        <ArchiveChoice onTake={take} />
      ) : (
        <TakenArchive
          archiveId={draft.archiveId}
          name={saved?.name ?? null}
          location={saved?.location ?? null}
          kind={saved?.kind ?? made}
          onChooseAnother={() => setChoosing(true)}
        />
      )}
    </Section>
  );
}

function ArchiveChoice({ onTake }: { onTake: (archiveId: string, from: Way) => void }) {
  const { errorAt } = useDraft();
  const [way, setWay] = useState<Way>('upload');
  const open = useMutation({
    mutationFn: (place: Place) => postJson<{ id: string }>('/api/v1/archives', { kind: 'path', ...place }),
    onSuccess: ({ id }) => onTake(id, 'path'),
  });
  const refused = open.isError ? apiErrorOf(open.error) : null;
  return (
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
        <UploadPicker archiveId={null} onArchive={(id) => onTake(id, 'upload')} />
      ) : (
        <RootBrowser wanted="folder" busy={open.isPending} onPick={(place) => open.mutate(place)} />
      )}
      {refused ? (
        <BoxedNotice tone="danger" role="alert">
          {refused.message} {refused.fix}
        </BoxedNotice>
      ) : null}
      <FieldError id={`${fieldId('archive.at')}-error`}>{errorAt('archive.at')}</FieldError>
    </div>
  );
}

type TakenArchiveProps = {
  archiveId: string;
  name: string | null;
  location: string | null;
  kind: Way | null;
  onChooseAnother: () => void;
};

function TakenArchive({ archiveId, name, location, kind, onChooseAnother }: TakenArchiveProps) {
  const { errorAt } = useDraft();
  const glance = useGlanceOfDraft();
  const failed = glance.isError ? apiErrorOf(glance.error) : null;
  // An upload whose first file has not arrived has nothing to look at; the list of files says so already.
  const waits = kind === 'upload' && failed?.code === 'archive.not_found';
  return (
    <>
      <ChosenArchive
        name={name}
        location={location}
        glance={glance.data ?? null}
        onChooseAnother={onChooseAnother}
      />
      {kind === 'upload' ? <UploadPicker archiveId={archiveId} onArchive={() => undefined} /> : null}
      <FieldError id={`${fieldId('archive.at')}-error`}>{errorAt('archive.at')}</FieldError>
      {failed !== null ? (
        waits ? null : (
          <ErrorState compact error={failed} />
        )
      ) : glance.data ? (
        <Mapping key={archiveId} glance={glance.data} />
      ) : glance.isLoading ? (
        <SkeletonRows rows={4} label="Looking at the first files" />
      ) : null}
    </>
  );
}
