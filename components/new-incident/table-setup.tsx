'use client';

import { useEffect } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { BucketFields } from '#components/new-incident/bucket-fields';
import { chooseState } from '#components/new-incident/choose-state.ts';
import { CutFields } from '#components/new-incident/cut-fields';
import {
  type BucketDraft,
  editLive,
  editVersions,
  fieldId,
  setKeys,
} from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { KeyColumns } from '#components/new-incident/key-columns';
import { LatestFields } from '#components/new-incident/latest-fields';
import { PatchOptions } from '#components/new-incident/patch-options';
import { RunningFields } from '#components/new-incident/running-fields';
import { StateChoice } from '#components/new-incident/state-choice';
import { guessKey, guessTable } from '#components/new-incident/suggest.ts';
import { useGlanceOfDraft } from '#components/new-incident/use-glance-of-draft.ts';
import { type LiveTableRow, useLiveTable, useTables } from '#components/new-incident/use-live-stores.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { SelectField } from '#components/ui/select-field';
import { EmptyState, ErrorState } from '#components/ui/states';
import type { LiveTable } from '#lib/patch/live-store';

/** The table and what one of its rows means. */
export function TableSetup({ storeId, kind }: { storeId: string; kind: 'postgres' | 'file' }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const tables = useTables(storeId);
  const only = kind === 'file' ? (tables.data?.tables[0]?.name ?? null) : null;
  const name = only ?? draft.plan.live?.table ?? null;
  const table = useLiveTable(storeId, name);
  if (tables.isPending) return <SkeletonRows rows={2} label="Looking at the tables" />;
  if (tables.isError) {
    return (
      <ErrorState
        compact
        title="Can't read this live store."
        error={apiErrorOf(tables.error)}
        actions={<Button onClick={() => void tables.refetch()}>Try again</Button>}
      />
    );
  }
  return (
    <>
      {kind === 'file' ? null : tables.data.tables.length === 0 ? (
        <EmptyState title="This account sees no table.">
          Grant it SELECT on the table, then choose the store again.
        </EmptyState>
      ) : (
        <SelectField
          id={fieldId('live.table')}
          label="Table"
          mono
          error={errorAt('live.table')}
          options={tables.data.tables.map((one) => ({
            value: one.name,
            label: one.name,
            detail: tableDetail(one),
          }))}
          value={name}
          placeholder="Choose a table"
          onValueChange={(next) => {
            touch('live.table');
            // What was said of another table's columns would be wrong of these.
            edit((old) =>
              editVersions(
                editLive(old, ({ store }) =>
                  store === undefined ? { table: next } : { store, table: next },
                ),
                (version) => ({ ...version, keys: {}, measures: {} }),
              ),
            );
          }}
        />
      )}
      {name === null ? null : table.isError ? (
        <ErrorState compact title={`Can't read ${name}.`} error={apiErrorOf(table.error)} />
      ) : table.data === undefined ? (
        <SkeletonRows rows={3} label={`Reading the columns of ${name}`} />
      ) : (
        <RowMeaning key={name} table={table.data} storeId={storeId} />
      )}
    </>
  );
}

const tableDetail = ({ kind, rows, writable }: LiveTableRow): string =>
  [
    kind,
    ...(rows === null || rows < 0 ? [] : [`about ${countOf(rows, 'row', 'rows')}`]),
    ...(writable ? [] : ['this account can only read it']),
  ].join(', ');

function RowMeaning({ table, storeId }: { table: LiveTable; storeId: string }) {
  const { draft, edit } = useDraft();
  const look = useGlanceOfDraft();
  const glance = look.data ?? null;
  const live = draft.plan.live ?? {};
  const untouched = live.state === undefined && live.keys === undefined;
  // What is proposed once stays: an archive that is still being looked at is waited for.
  const ready = glance !== null || look.isError || draft.archiveId === null;
  useEffect(() => {
    if (!untouched || !ready) return;
    const guess = guessTable(table, glance);
    edit((old) => {
      const keyed = setKeys(old, guess.keys, (key) => guessKey(key, glance));
      return editLive(keyed, (own) =>
        guess.bucket === null
          ? { ...own, state: 'window' }
          : {
              ...own,
              state: 'bucketed',
              bucket: { column: guess.bucket, size: guess.size, timezone: 'UTC' },
            },
      );
    });
  }, [untouched, ready, table, glance, edit]);
  return (
    <>
      <TableNotices table={table} />
      <StateChoice
        table={table}
        onChange={(state) => edit((old) => chooseState(old, state, bucketOf(table)))}
      />
      <KeyColumns table={table} glance={glance} />
      {live.state === 'bucketed' ? <BucketFields table={table} /> : null}
      {live.state === 'running' ? <RunningFields table={table} storeId={storeId} /> : null}
      {live.state === 'latest' ? <LatestFields table={table} glance={glance} /> : null}
      {live.state === undefined || live.state === 'window' ? null : <CutFields table={table} />}
      {live.state === 'bucketed' || live.state === 'window' ? <PatchOptions /> : null}
    </>
  );
}

function bucketOf(table: LiveTable): BucketDraft {
  const { bucket, size } = guessTable(table, null);
  return bucket === null ? { size, timezone: 'UTC' } : { column: bucket, size, timezone: 'UTC' };
}

/** What stands in the way of a patch, said before anyone works for one. */
function TableNotices({ table }: { table: LiveTable }) {
  return (
    <>
      {table.notWritable.length > 0 ? (
        <BoxedNotice tone="warn">
          Reading works, but a patch can't be applied here yet: {table.notWritable.join(' ')}
        </BoxedNotice>
      ) : null}
      {table.warnings.map((warning) => (
        <BoxedNotice key={`${warning.code} ${warning.message}`} tone="neutral">
          {warning.message}
        </BoxedNotice>
      ))}
    </>
  );
}
