'use client';

import { editLive, fieldId, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { InstantField } from '#components/new-incident/instant-field';
import { MoreOptions } from '#components/new-incident/more-options';
import { useTables } from '#components/new-incident/use-live-stores.ts';
import { RadioGroup } from '#components/ui/choice';
import { TextField } from '#components/ui/field';
import { Mono } from '#components/ui/mono';
import { SelectField } from '#components/ui/select-field';
import type { LiveTable } from '#lib/patch/live-store';

type BaselineDraft = { at?: string; table?: string };

/** Where the recalculation of a running total begins, and how the patch writes it. */
export function RunningFields({ table, storeId }: { table: LiveTable; storeId: string }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const { baseline } = draft.plan.live ?? {};
  const way = baseline === undefined ? null : baseline === 'none' ? 'none' : 'table';
  const set = (next: 'none' | BaselineDraft) =>
    edit((old) => editLive(old, (own) => ({ ...own, baseline: next })));
  return (
    <>
      <RadioGroup
        legend="Where the total begins"
        error={way === null ? errorAt('live.baseline') : null}
        options={[
          {
            value: 'none',
            label: 'With the first event there ever was',
            hint: (
              <>
                The archive reaches back to the beginning: each affected row of <Mono>{table.name}</Mono> is
                summed anew from all its events.
              </>
            ),
          },
          {
            value: 'table',
            label: 'With a copy of the table that was right',
            hint: (
              <>
                A backup of <Mono>{table.name}</Mono> from before the failure. Only events from then on are
                read and added to it.
              </>
            ),
          },
        ]}
        value={way}
        onValueChange={(next) => {
          touch('live.baseline');
          set(next === 'none' ? 'none' : {});
        }}
      />
      {baseline === undefined || baseline === 'none' ? null : (
        <BaselineFields baseline={baseline} onChange={set} table={table} storeId={storeId} />
      )}
      <GuardChoice />
    </>
  );
}

type BaselineFieldsProps = {
  baseline: BaselineDraft;
  onChange: (next: BaselineDraft) => void;
  table: LiveTable;
  storeId: string;
};

function BaselineFields({ baseline, onChange, table, storeId }: BaselineFieldsProps) {
  const { errorAt, touch } = useDraft();
  const tables = useTables(storeId);
  const others = (tables.data?.tables ?? []).filter((one) => one.name !== table.name);
  const path = 'live.baseline.table';
  const isUnknown = baseline.table !== undefined && !others.some((one) => one.name === baseline.table);
  return (
    <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2">
      {table.identity.kind === 'file' ? (
        <TextField
          id={fieldId(path)}
          label="File of the copy"
          mono
          placeholder="totals_0610.csv"
          hint="Lies beside the live file and has the same columns."
          error={errorAt(path)}
          value={baseline.table ?? ''}
          onBlur={() => touch(path)}
          onValueChange={(name) => onChange(withField(baseline, 'table', name))}
        />
      ) : (
        <SelectField
          id={fieldId(path)}
          label="Table of the copy"
          mono
          hint="In the same database, with the same columns."
          error={
            tables.isSuccess && isUnknown
              ? `This account sees no other table ${baseline.table}. Choose one that is there.`
              : errorAt(path)
          }
          options={others.map((one) => ({ value: one.name, label: one.name, detail: one.kind }))}
          value={isUnknown ? null : (baseline.table ?? null)}
          placeholder={baseline.table ?? 'Choose a table'}
          onValueChange={(name) => {
            touch(path);
            onChange({ ...baseline, table: name });
          }}
        />
      )}
      <InstantField
        id={fieldId('live.baseline.at')}
        label="It holds the events before"
        hint="Events of this instant and later are added."
        error={errorAt('live.baseline.at')}
        value={baseline.at ?? ''}
        onBlur={() => touch('live.baseline.at')}
        onValueChange={(at) => onChange(withField(baseline, 'at', at))}
      />
    </div>
  );
}

function GuardChoice() {
  const { draft, edit, errorAt } = useDraft();
  const { patch = {} } = draft.plan;
  return (
    <MoreOptions title="How sums and counts are written">
      <RadioGroup
        legend="While the worker goes on writing"
        error={errorAt('patch.guard')}
        options={[
          {
            value: 'delta',
            label: 'Add the difference',
            hint: 'What the worker adds between preview and apply is kept.',
          },
          {
            value: 'value',
            label: 'Write the value, if the row did not move',
            hint: 'Refused as stale when a row changed since. For rows that someone may have repaired by hand.',
          },
        ]}
        value={patch.guard === 'value' ? 'value' : 'delta'}
        onValueChange={(next) =>
          edit((old) => ({
            ...old,
            plan: {
              ...old.plan,
              patch: withField(old.plan.patch ?? {}, 'guard', next === 'delta' ? null : next),
            },
          }))
        }
      />
    </MoreOptions>
  );
}
