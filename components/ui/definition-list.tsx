import type { ReactNode } from 'react';

export type Definition = { term: ReactNode; value: ReactNode };

/** Facts by name: source, hashes, versions. */
export function DefinitionList({ items }: { items: readonly Definition[] }) {
  return (
    <dl className="grid gap-y-1.5">
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the facts have fixed places
        <div key={index} className="grid grid-cols-[minmax(6.5rem,auto)_1fr] gap-x-3">
          <dt className="text-text-3">{item.term}</dt>
          <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
