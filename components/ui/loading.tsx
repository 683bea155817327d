import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

const WIDTHS = ['w-3/5', 'w-2/5', 'w-1/2', 'w-2/3'] as const;

/** Rows that stand where rows will be. They show after 300 ms, so what is quick does not flicker. */
export function SkeletonRows({ rows = 6, label }: { rows?: number | undefined; label: string }) {
  return (
    <div role="status" className="animate-appear">
      <span className="sr-only">{label}</span>
      <div aria-hidden="true">
        {Array.from({ length: rows }, (_, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: rows without content
            key={index}
            className="flex h-[51px] items-center gap-6 border-line border-b px-3.5 last:border-b-0"
          >
            <span className="flex-1">
              <Bone className={WIDTHS[index % WIDTHS.length]} />
            </span>
            <Bone className="w-24 max-md:hidden" />
            <Bone className="w-16" />
          </div>
        ))}
      </div>
    </div>
  );
}

function Bone({ className }: { className?: string | undefined }) {
  return <span className={classes('block h-2.5 rounded-tag bg-line', className)} />;
}

type ProgressProps = {
  /** What is being done, named for screen readers and shown above the bar. */
  label: ReactNode;
  done: number;
  /** Null while the whole is not known: the bar then only says that it lives. */
  total: number | null;
  /** "412,000 of 621,068 events", at the right. */
  words?: ReactNode;
  tone?: 'acc' | 'ok' | 'danger' | undefined;
};

const FILL = { acc: 'bg-accent', ok: 'bg-ok', danger: 'bg-danger' } as const;

export function Progress({ label, done, total, words, tone = 'acc' }: ProgressProps) {
  const share = total === null || total <= 0 ? null : Math.min(1, done / total);
  return (
    <div className="grid gap-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span>{label}</span>
        {words ? <span className="text-text-3 text-xs">{words}</span> : null}
      </div>
      <div
        role="progressbar"
        aria-label={typeof label === 'string' ? label : 'Progress'}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? undefined : Math.floor(share * 100)}
        aria-valuetext={typeof words === 'string' ? words : undefined}
        className="edge-forced h-1.5 overflow-hidden rounded-full bg-line"
      >
        {share === null ? (
          <div className={classes('h-full w-2/5 rounded-full motion-safe:animate-slide', FILL[tone])} />
        ) : (
          <div className={classes('h-full rounded-full', FILL[tone])} style={{ width: `${share * 100}%` }} />
        )}
      </div>
    </div>
  );
}
