import { RowCard } from '#components/compare/row-card';
import { OPS } from '#components/patch/patch-row-words.ts';
import { shownKey } from '#components/patch/words.ts';
import { Pill } from '#components/ui/pill';
import { Difference, Value } from '#components/ui/value';
import type { PatchRowsPage } from '#lib/patch/patch';

/** The rows of a patch on a phone. */
export function PatchRowCards({ data, offset }: { data: PatchRowsPage; offset: number }) {
  return (
    <ul aria-label="Rows of the patch" className="divide-y divide-line">
      {data.rows.map(({ op, keys, before, after, delta }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the patch
        <li key={offset + at} className="px-3.5 py-3">
          <RowCard
            keys={keys.map((key) => (key === null ? null : shownKey(key)))}
            pill={<Pill tone={OPS[op].tone}>{OPS[op].word}</Pill>}
            measures={data.columns.measures.map((name, index) => ({
              name,
              before: (
                <Value value={before[index] ?? null} because={op === 'insert' ? 'No live row' : 'NULL'} />
              ),
              after: <Value value={after[index] ?? null} because={op === 'delete' ? 'No row' : 'NULL'} />,
              difference: <Difference value={delta[index] ?? null} because="Not a number" />,
            }))}
          />
        </li>
      ))}
    </ul>
  );
}
