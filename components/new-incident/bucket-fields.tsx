'use client';

import { useId } from 'react';
import { type BucketDraft, editLive, fieldId, setKeys, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { isTime } from '#components/new-incident/suggest.ts';
import { ZoneField } from '#components/new-incident/zone-field';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import type { LiveTable } from '#lib/patch/live-store';
import { parseBucketSize } from '#lib/window/window';

const SIZES = ['1m', '5m', '15m', '30m', '1h', '6h', '1d', '1w', '1mo'] as const;

/** The column that says which stretch a row is of, how long it is, and by whose clock it is cut. */
export function BucketFields({ table }: { table: LiveTable }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const listId = useId();
  const bucket = draft.plan.live?.bucket ?? {};
  const times = table.columns.filter(isTime);
  const set = <K extends keyof BucketDraft>(key: K, value: BucketDraft[K] | '') =>
    edit((old) =>
      editLive(old, (live) => ({
        ...live,
        bucket: withField<BucketDraft, K>(live.bucket ?? {}, key, value),
      })),
    );
  return (
    <div className="grid gap-x-4 gap-y-3.5 sm:grid-cols-3">
      <SelectField
        id={fieldId('live.bucket.column')}
        label="Bucket column"
        mono
        hint="Says which stretch a row is of."
        error={errorAt('live.bucket.column')}
        options={(times.length > 0 ? times : table.columns).map((column) => ({
          value: column.name,
          label: column.name,
          detail: column.sqlType,
        }))}
        value={bucket.column ?? null}
        placeholder="Choose a column"
        onValueChange={(column) => {
          touch('live.bucket.column');
          set('column', column);
          // A column is key or bucket, not both.
          edit((old) =>
            setKeys(
              old,
              (old.plan.live?.keys ?? []).filter((key) => key !== column),
              () => '',
            ),
          );
        }}
      />
      <TextField
        id={fieldId('live.bucket.size')}
        label="Length"
        mono
        list={listId}
        hint={sizeWords(bucket.size ?? '')}
        error={errorAt('live.bucket.size')}
        value={bucket.size ?? ''}
        onBlur={() => touch('live.bucket.size')}
        onValueChange={(size) => set('size', size)}
      />
      <datalist id={listId}>
        {SIZES.map((size) => (
          <option key={size} value={size} />
        ))}
      </datalist>
      <ZoneField
        id={fieldId('live.bucket.timezone')}
        label="Cut by the clock of"
        hint="Where days begin at midnight."
        error={errorAt('live.bucket.timezone')}
        value={bucket.timezone ?? ''}
        onBlur={() => touch('live.bucket.timezone')}
        onValueChange={(zone) => set('timezone', zone)}
      />
    </div>
  );
}

const UNITS = { m: 'minute', h: 'hour', d: 'day', w: 'week, from Monday', mo: 'month' } as const;

/** The length as it was understood. */
function sizeWords(size: string): string {
  const parsed = parseBucketSize(size);
  if (parsed === null) return '15m, 1h, 1d, 1w or 1mo.';
  return parsed.count === 1
    ? `One ${UNITS[parsed.unit]}.`
    : `${parsed.count} ${UNITS[parsed.unit]}s, counted from midnight.`;
}
