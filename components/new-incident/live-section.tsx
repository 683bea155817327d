'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { editLive, editVersions, fieldId } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { FileStoreForm } from '#components/new-incident/file-store-form';
import { LostPassword } from '#components/new-incident/lost-password';
import { PostgresForm } from '#components/new-incident/postgres-form';
import { Section } from '#components/new-incident/section';
import { TableSetup } from '#components/new-incident/table-setup';
import {
  LIVE_STORES_KEY,
  type LiveStoreRow,
  useLiveStores,
} from '#components/new-incident/use-live-stores.ts';
import { Button } from '#components/ui/button';
import { FieldError } from '#components/ui/field';
import { Icon } from '#components/ui/icon';
import { Segmented } from '#components/ui/segmented';
import { SelectField } from '#components/ui/select-field';

type Way = 'saved' | 'postgres' | 'file';

/** Section 2: where the rows that may be wrong live, and what a row of them means. */
export function LiveSection() {
  const { draft, view, edit, errorAt } = useDraft();
  const [choosing, setChoosing] = useState(false);
  const [taken, setTaken] = useState<LiveStoreRow | null>(null);
  const stores = useLiveStores();
  const cache = useQueryClient();
  const saved = stores.data ?? [];
  const row = [taken, ...saved].find((store) => store !== null && store.id === draft.liveStoreId) ?? null;
  const current = row ?? (view?.liveStore?.id === draft.liveStoreId ? (view?.liveStore ?? null) : null);
  const location = row?.location ?? (current?.kind === 'file' ? 'A file' : 'PostgreSQL');

  const take = (store: LiveStoreRow) => {
    setTaken(store);
    setChoosing(false);
    void cache.invalidateQueries({ queryKey: LIVE_STORES_KEY, exact: true });
    // Another store has other columns: what was said of the old ones would be wrong of these. A plan that came from a
    // file has said what its rows mean before its store is chosen, and means this one.
    edit((old) =>
      store.id === old.liveStoreId || old.liveStoreId === null
        ? { ...old, liveStoreId: store.id }
        : {
            ...editVersions(
              editLive(old, () => ({})),
              (version) => ({ ...version, keys: {}, measures: {} }),
            ),
            liveStoreId: store.id,
          },
    );
  };

  return (
    <Section
      number={2}
      name="live"
      title="Live store"
      lead="The rows that people see now, some of them wrong. Until a patch is approved and applied they are only read."
    >
      {current === null || choosing ? (
        <StoreChoice saved={saved} onTake={take} errorText={errorAt('live.store')} />
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-control border border-line bg-bg px-3 py-2.5">
            <Icon name={current.kind === 'file' ? 'document' : 'database'} className="text-text-3" />
            <div className="min-w-0 flex-1 basis-52">
              <p className="truncate font-medium">{current.name}</p>
              <p className="truncate text-text-3 text-xs">{location}</p>
            </div>
            <Button size="sm" onClick={() => setChoosing(true)}>
              Choose another
            </Button>
          </div>
          {row?.password === 'lost' && <LostPassword store={row} />}
          <TableSetup key={current.id} storeId={current.id} kind={current.kind} />
        </>
      )}
    </Section>
  );
}

type StoreChoiceProps = {
  saved: readonly LiveStoreRow[];
  onTake: (store: LiveStoreRow) => void;
  errorText: React.ReactNode;
};

function StoreChoice({ saved, onTake, errorText }: StoreChoiceProps) {
  const [chosen, setChosen] = useState<Way | null>(null);
  const way = chosen ?? (saved.length > 0 ? 'saved' : 'postgres');
  const options = [
    ...(saved.length > 0 ? [{ value: 'saved' as const, label: 'Saved' }] : []),
    { value: 'postgres' as const, label: 'PostgreSQL' },
    { value: 'file' as const, label: 'File' },
  ];
  return (
    <div className="grid gap-3.5" id={fieldId('live.store')} tabIndex={-1}>
      <Segmented<Way>
        label="Kind of live store"
        className="justify-self-start"
        options={options}
        value={way}
        onValueChange={setChosen}
      />
      {way === 'saved' ? (
        <SelectField
          label="Saved live store"
          options={saved.map((store) => ({
            value: store.id,
            label: store.name,
            detail: store.location,
          }))}
          value={null}
          placeholder="Choose a live store"
          onValueChange={(id) => {
            const store = saved.find((one) => one.id === id);
            if (store !== undefined) onTake(store);
          }}
        />
      ) : way === 'postgres' ? (
        <PostgresForm onSaved={onTake} />
      ) : (
        <FileStoreForm onSaved={onTake} />
      )}
      <FieldError id={`${fieldId('live.store')}-error`}>{errorText}</FieldError>
    </div>
  );
}
