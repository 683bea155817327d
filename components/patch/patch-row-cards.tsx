import { OPS } from '#components/patch/patch-row-words.ts';
import { shownKey } from '#components/patch/words.ts';
import { Pill } from '#components/ui/pill';
import { Difference, NoValue, Value } from '#components/ui/value';
import type { PatchRowsPage } from '#lib/patch/patch';

type Row = PatchRowsPage['rows'][number];

/** The rows of a patch on a phone: each with all its measures, and nothing beyond the edge. */
export function PatchRowCards({ data, offset }: { data: PatchRowsPage; offset: number }) {
  const { measures } = data.columns;
  return (
    <ul aria-label="Rows of the patch" className="divide-y divide-line">
      {data.rows.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the patch
        <li key={offset + at} className="grid gap-1.5 px-3.5 py-3">
          <p className="flex items-start justify-between gap-3">
            <Keys row={row} />
            <Pill tone={OPS[row.op].tone}>{OPS[row.op].word}</Pill>
          </p>
          <dl className="grid gap-1">
            {measures.map((measure, index) => (
              <div key={measure} className="flex flex-wrap items-baseline gap-x-3">
                <dt className="truncate font-mono text-text-3 text-xs">{measure}</dt>
                <dd className="ml-auto text-right [overflow-wrap:anywhere]">
                  <span className="text-text-2">
                    <Value
                      value={row.before[index] ?? null}
                      because={row.op === 'insert' ? 'No live row' : 'NULL'}
                    />{' '}
                    →{' '}
                  </span>
                  <Value value={row.after[index] ?? null} because={row.op === 'delete' ? 'No row' : 'NULL'} />
                  <span className="inline-block min-w-20">
                    <Difference value={row.delta[index] ?? null} because="Not a number" />
                  </span>
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}

/** The key as one reads it; the bucket, its last part, in small where there is another. */
function Keys({ row: { keys } }: { row: Row }) {
  return (
    <span className="min-w-0 font-mono text-md [overflow-wrap:anywhere]">
      {keys.map((key, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a key have fixed places
        <span key={at} className={at > 0 ? 'text-text-3 text-xs' : undefined}>
          {at > 0 ? ' ' : ''}
          {key === null ? <NoValue because="NULL" /> : shownKey(key)}
        </span>
      ))}
    </span>
  );
}
