import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';

/** `list` has room for two lines. */
export type Density = 'compact' | 'default' | 'relaxed' | 'list';

const ROW: Record<Density, string> = {
  compact: '[--row-height:1.75rem]',
  default: '[--row-height:2.0625rem]',
  relaxed: '[--row-height:2.625rem]',
  list: '[--row-height:3.1875rem]',
};

type TableProps = ComponentProps<'table'> & {
  /** What the table holds; read out, not shown. */
  caption: string;
  density?: Density | undefined;
  /** For the scrolling frame: a height makes the head stick. */
  frameClassName?: string | undefined;
};

/** A table in a frame that scrolls by itself, also by keyboard; the head sticks to the frame. */
export function Table({
  caption,
  density = 'default',
  frameClassName,
  className,
  children,
  ...rest
}: TableProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling frame needs a name and the focus, and is no section
    <div
      role="region"
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the arrows
      tabIndex={0}
      className={classes('relative overflow-auto -outline-offset-2', ROW[density], frameClassName)}
    >
      <table {...rest} className={classes('w-full border-separate border-spacing-0', className)}>
        <caption className="sr-only">{caption}</caption>
        {children}
      </table>
    </div>
  );
}

export type SortDirection = 'ascending' | 'descending';

type ThProps = Omit<ComponentProps<'th'>, 'aria-sort'> & {
  numeric?: boolean | undefined;
  /** The direction it is sorted in now; null where it can be sorted and is not. */
  sort?: SortDirection | null | undefined;
  /** Sorting by press, or by address. */
  onSort?: (() => void) | undefined;
  sortHref?: string | undefined;
};

export function Th({ numeric = false, sort, onSort, sortHref, className, children, ...rest }: ThProps) {
  const arrow = sort ? <Icon name={sort === 'ascending' ? 'arrow-up' : 'arrow-down'} size={12} /> : null;
  const look =
    'inline-flex items-center gap-1 rounded-tag font-medium hover:text-text focus-visible:outline-offset-1';
  return (
    <th
      scope="col"
      aria-sort={sort ?? undefined}
      {...rest}
      className={classes(
        'sticky top-0 z-1 h-[34px] whitespace-nowrap border-line border-b bg-surface px-2.5 font-medium text-text-3 text-xs first:pl-3.5 last:pr-3.5',
        numeric ? 'text-right' : 'text-left',
        sort && 'text-text',
        className,
      )}
    >
      {sortHref ? (
        <Link href={sortHref} scroll={false} className={look}>
          {children}
          {arrow}
        </Link>
      ) : onSort ? (
        <button type="button" onClick={onSort} className={look}>
          {children}
          {arrow}
        </button>
      ) : (
        children
      )}
    </th>
  );
}

type TrProps = ComponentProps<'tr'> & {
  /** The row whose detail is open, or that is picked. */
  selected?: boolean | undefined;
  /** Left out: struck through, still readable. */
  leftOut?: boolean | undefined;
};

export function Tr({ selected = false, leftOut = false, className, ...rest }: TrProps) {
  return (
    <tr
      aria-current={selected || undefined}
      data-left-out={leftOut || undefined}
      {...rest}
      className={classes(
        'group/row ease-colour hover:bg-hover',
        selected && 'bg-selected hover:bg-selected [&>td:first-child]:shadow-[inset_2px_0_var(--accent)]',
        leftOut && 'text-text-3 [&>td:not(:first-child)]:line-through',
        className,
      )}
    />
  );
}

type TdProps = ComponentProps<'td'> & { numeric?: boolean | undefined };

export function Td({ numeric = false, className, ...rest }: TdProps) {
  return (
    <td
      {...rest}
      className={classes(
        'h-row whitespace-nowrap border-line border-b px-2.5 first:pl-3.5 last:pr-3.5 group-last/row:border-b-0',
        numeric && 'text-right',
        className,
      )}
    />
  );
}

type GroupRowProps = { columns: number; title: ReactNode; count?: string | undefined };

/** A line across the table that names the rows under it. */
export function GroupRow({ columns, title, count }: GroupRowProps) {
  return (
    <tr>
      <th
        colSpan={columns}
        scope="colgroup"
        className="in-[tbody:not(:first-of-type)]:border-t h-[31px] border-line border-b bg-sunken px-3.5 text-left font-medium text-text-2"
      >
        {title}
        {count === undefined ? null : <span className="ml-1.5 font-normal text-text-3">{count}</span>}
      </th>
    </tr>
  );
}

/** Under a table: how much of how much is shown. */
export function TableFooter({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-t px-3.5 py-2 text-text-3 text-xs">
      {children}
    </div>
  );
}
