import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

export type Stat = {
  label: ReactNode;
  figure: ReactNode;
  /** The line under the figure: of how many, in what unit. */
  note?: ReactNode;
  /** For a figure that is a difference. */
  tone?: 'plus' | 'minus' | 'ok' | 'warn' | 'danger' | undefined;
};

const TONE = {
  plus: 'text-plus',
  minus: 'text-minus',
  ok: 'text-ok',
  warn: 'text-warn',
  danger: 'text-danger',
} as const;

const COLUMNS: Record<number, string> = {
  1: 'md:grid-cols-1',
  2: 'md:grid-cols-2',
  3: 'md:grid-cols-3',
  4: 'md:grid-cols-4',
  5: 'md:grid-cols-5',
  6: 'md:grid-cols-6',
};

/** Up to six figures in a row; two beside each other on a phone. Lines between are drawn by the gap. */
export function StatStrip({
  stats,
  size = 'md',
}: {
  stats: readonly Stat[];
  size?: 'md' | 'lg' | undefined;
}) {
  return (
    <dl className={classes('grid grid-cols-2 gap-px bg-line', COLUMNS[Math.min(6, stats.length)])}>
      {stats.map((stat, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the figures have fixed places
          key={index}
          className={classes(
            'min-w-0 bg-surface px-3.5 py-2.5',
            stats.length % 2 === 1 && 'max-md:last:col-span-2',
          )}
        >
          <dt className="text-text-3 text-xs">{stat.label}</dt>
          <dd>
            <span
              className={classes(
                'block truncate font-semibold leading-tight tracking-[-0.02em]',
                size === 'lg' ? 'text-2xl' : 'text-lg md:text-xl',
                stat.tone && TONE[stat.tone],
              )}
            >
              {stat.figure}
            </span>
            {stat.note ? <span className="block text-text-3 text-xs">{stat.note}</span> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}
