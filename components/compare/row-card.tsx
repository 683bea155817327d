import { Fragment, type ReactNode } from 'react';
import { NoValue } from '#components/ui/value';

type RowCardProps = {
  /** The parts of the key, the bucket last. */
  keys: readonly (string | null)[];
  pill: ReactNode;
  measures: readonly { name: string; before: ReactNode; after: ReactNode; difference: ReactNode }[];
};

/** A row with all its values on a phone, where a table would go beyond the edge. */
export function RowCard({ keys, pill, measures }: RowCardProps) {
  return (
    <div className="grid gap-1.5">
      <p className="flex items-start justify-between gap-3">
        <span className="min-w-0 font-mono text-md [overflow-wrap:anywhere]">
          {keys.map((key, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a key have fixed places
            <Fragment key={at}>
              {at > 0 ? ' ' : ''}
              <span className={at > 0 ? 'text-text-3 text-xs' : undefined}>
                {key === null ? <NoValue because="NULL" /> : key}
              </span>
            </Fragment>
          ))}
        </span>
        {pill}
      </p>
      <dl className="grid gap-1">
        {measures.map(({ name, before, after, difference }) => (
          <div key={name} className="flex flex-wrap items-baseline gap-x-3">
            <dt className="min-w-0 truncate font-mono text-text-3 text-xs">{name}</dt>
            <dd className="ml-auto text-right [overflow-wrap:anywhere]">
              <span className="text-text-2">{before} → </span>
              {after}
              <span className="inline-block min-w-20">{difference}</span>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
