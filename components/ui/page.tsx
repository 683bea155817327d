import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';

/** The frame of a page's content. `list` keeps long lines readable on wide screens, `full` gives all to the work. */
export function Page({
  width = 'full',
  children,
}: {
  width?: 'list' | 'full' | undefined;
  children: ReactNode;
}) {
  return (
    <div
      className={classes(
        'flex w-full flex-1 flex-col px-3.5 pt-3.5 pb-10',
        width === 'list' ? 'max-w-[82.5rem] md:px-6 md:pt-[18px]' : 'md:px-gutter md:pt-3 md:pb-4',
      )}
    >
      {children}
    </div>
  );
}

export type Crumb = { label: ReactNode; href?: string | undefined };

type PageHeaderProps = {
  crumbs?: readonly Crumb[] | undefined;
  title: ReactNode;
  /** Beside the title: the state. */
  pill?: ReactNode;
  /** The line under it: facts by name. */
  meta?: readonly { term: string; value: ReactNode }[] | undefined;
  actions?: ReactNode;
  size?: 'lg' | 'xl' | undefined;
};

export function PageHeader({ crumbs = [], title, pill, meta = [], actions, size = 'lg' }: PageHeaderProps) {
  return (
    <header
      className={classes('flex flex-wrap items-start gap-x-3 gap-y-2', size === 'xl' ? 'mb-3.5' : 'mb-2.5')}
    >
      <div className={classes('min-w-0 flex-1', size === 'xl' ? 'basis-32' : 'basis-72')}>
        {crumbs.length > 0 ? <Crumbs crumbs={crumbs} /> : null}
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h1
            className={classes(
              'text-balance font-semibold leading-snug tracking-[-0.018em] [overflow-wrap:anywhere]',
              size === 'xl' ? 'text-[1.375rem] md:text-xl' : 'text-[1.1875rem] md:text-lg',
            )}
          >
            {title}
          </h1>
          {pill}
        </div>
        {meta.length > 0 ? (
          <dl className="mt-0.5 flex flex-wrap gap-x-3.5 gap-y-0.5 text-text-3 text-xs">
            {meta.map(({ term, value }) => (
              <div key={term} className="flex min-w-0 gap-1">
                <dt className="flex-none">{term}</dt>
                <dd className="min-w-0 text-text-2 [overflow-wrap:anywhere]">{value}</dd>
              </div>
            ))}
          </dl>
        ) : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-1.5">{actions}</div> : null}
    </header>
  );
}

function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Breadcrumb">
      <ol className="mb-px flex items-center gap-1.5 text-text-3 text-xs">
        {crumbs.map((crumb, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a path has fixed places
          <Fragment key={index}>
            {index > 0 ? (
              <li aria-hidden="true">
                <Icon name="chevron-right" size={11} />
              </li>
            ) : null}
            <li className="min-w-0 truncate">
              {crumb.href ? (
                <Link href={crumb.href} className="py-0.5 hover:text-text">
                  {crumb.label}
                </Link>
              ) : (
                <span aria-current="page">{crumb.label}</span>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

type ActionBarProps = {
  /** What will be done and how much of it: "1,284 rows to patch, 17 left out". */
  children: ReactNode;
  /** Beside it, smaller: how fresh that is. */
  note?: ReactNode;
  /** The buttons, the main one last. */
  actions: ReactNode;
};

/** The next step, always in reach at the foot of the page. The last child of a page, after Page. */
export function ActionBar({ children, note, actions }: ActionBarProps) {
  return (
    <section
      aria-label="Next step"
      className="sticky bottom-0 z-10 mt-auto flex flex-wrap items-center gap-x-3.5 gap-y-2 border-line border-t bg-surface/94 px-3.5 py-2.5 backdrop-blur-sm md:px-gutter md:py-[9px]"
    >
      <div className="min-w-0 text-text-2 max-md:basis-full max-md:text-xs [&_b]:font-semibold [&_b]:text-text">
        {children}
      </div>
      {note ? <div className="min-w-0 text-text-3 text-xs max-md:hidden">{note}</div> : null}
      <div className="flex gap-2 max-md:w-full max-md:*:flex-1 md:ml-auto">{actions}</div>
    </section>
  );
}
