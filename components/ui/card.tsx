import type { ComponentProps, ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';

/** A surface. As a `section` it takes its name from `labelledBy`, the id of its CardHeader's title. */
export function Card({
  labelledBy,
  className,
  children,
  ...rest
}: ComponentProps<'section'> & { labelledBy?: string | undefined }) {
  return (
    <section
      aria-labelledby={labelledBy}
      {...rest}
      className={classes('edge-forced overflow-hidden rounded-card border border-line bg-surface', className)}
    >
      {children}
    </section>
  );
}

type CardHeaderProps = {
  title: ReactNode;
  /** The id that Card's `labelledBy` names. */
  titleId?: string | undefined;
  /** Beside the title: a pill, an id, a time. */
  meta?: ReactNode;
  /** At the right edge. */
  actions?: ReactNode;
};

export function CardHeader({ title, titleId, meta, actions }: CardHeaderProps) {
  return (
    <header className="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1 border-line border-b px-3.5 py-1.5">
      <h2 id={titleId} className="font-semibold text-base">
        {title}
      </h2>
      {meta ? (
        <div className="flex min-w-0 flex-wrap items-center gap-2 text-text-3 text-xs">{meta}</div>
      ) : null}
      {actions ? <div className="ml-auto flex items-center gap-1.5">{actions}</div> : null}
    </header>
  );
}

export function CardBody({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={classes('px-3.5 py-3', className)} />;
}
