import { type ReactNode, useId } from 'react';
import { shownRow } from '#components/patch/words.ts';
import { Card, CardBody } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';

const SHOWN_ROWS = 50;

type TroubleProps = { title: ReactNode; actions: ReactNode; children: ReactNode };

/** Something is not as it should be: what happened, what it means, and what to do. */
export function Trouble({ title, actions, children }: TroubleProps) {
  const titleId = useId();
  return (
    <Card labelledBy={titleId} className="border-danger-line">
      <CardBody className="flex gap-3">
        <span className="grid size-8 flex-none place-items-center rounded-full bg-danger-soft text-danger">
          <Icon name="warning" />
        </span>
        <div className="grid min-w-0 flex-1 gap-2 pt-1">
          <h2 id={titleId} className="text-pretty font-semibold text-md [overflow-wrap:anywhere]">
            {title}
          </h2>
          <div className="grid gap-2 text-pretty text-text-2">{children}</div>
          <div className="mt-1 flex flex-wrap gap-2">{actions}</div>
        </div>
      </CardBody>
    </Card>
  );
}

/** Rows by name; `of`: how many there are, where not all are named. */
export function RowNames({ rows, of }: { rows: readonly string[]; of?: number | undefined }) {
  if (rows.length === 0) return null;
  const shown = rows.slice(0, SHOWN_ROWS);
  const all = Math.max(of ?? 0, rows.length);
  return (
    <>
      <ul
        aria-label="Rows"
        className="relative max-h-48 overflow-y-auto rounded-control border border-line px-3 py-1.5 font-mono text-[0.94em] text-text"
      >
        {shown.map((row) => (
          <li key={row} className="py-0.5 [overflow-wrap:anywhere]">
            {shownRow(row)}
          </li>
        ))}
      </ul>
      {all > shown.length ? (
        <p className="text-text-3 text-xs">
          The first {shown.length} of {countOf(all, 'row', 'rows')}.
        </p>
      ) : null}
    </>
  );
}
