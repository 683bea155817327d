'use client';

import { Fragment, useState } from 'react';
import { onOneDay, roleWords } from '#components/compare/event-words.ts';
import { classes } from '#components/ui/classes.ts';
import { formatValue } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { formatClock, formatInputTime, formatTime } from '#components/ui/time.ts';
import { NoValue } from '#components/ui/value';
import type { CellEvent, DiscrepancyColumns } from '#lib/compare/discrepancy';

type EventsProps = {
  events: readonly CellEvent[];
  columns: DiscrepancyColumns;
  zone: string;
  /** Every event with its whole record. */
  allRaw: boolean;
};

/** The events behind a row in their order, with what each adds and what the sum is then. */
export function EventsTable({ events, columns, zone, allRaw }: EventsProps) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const short = onOneDay(events, (iso) => formatInputTime(iso, zone).slice(0, 10));
  // What says nothing is left out: no argument or running value at all, or the 1 that a count takes of each event.
  const shown = columns.measures.map((measure, at) => ({
    name: measure.name,
    at,
    value: events.some((event) => event.values[at] != null && event.values[at] !== '1'),
    running: events.some((event) => event.running[at] != null),
  }));
  const several = shown.length > 1;
  const width = 2 + shown.reduce((sum, each) => sum + Number(each.value) + Number(each.running), 0);
  const toggle = (index: number) => {
    const next = new Set(unfolded);
    if (!next.delete(index)) next.add(index);
    setUnfolded(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a scrolling frame needs a name and the focus, and is no section
    <div
      role="region"
      aria-label="Events behind this row"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it with the arrows
      tabIndex={0}
      className="relative overflow-x-auto px-1.5 pb-2 -outline-offset-2"
    >
      <table className="w-full border-separate border-spacing-0 text-[0.97em]">
        <caption className="sr-only">Events behind this row, in order</caption>
        <thead>
          <tr className="text-text-3 text-xs [&>th]:h-7 [&>th]:whitespace-nowrap [&>th]:px-2 [&>th]:font-medium">
            <th scope="col" className="text-left">
              Event time
            </th>
            {several ? <RoleHead /> : null}
            {shown.map((each) => (
              <Fragment key={each.name}>
                {each.value ? (
                  <th scope="col" className="text-right font-mono">
                    {several ? each.name : 'value'}
                  </th>
                ) : null}
                {each.running ? (
                  <th scope="col" className="text-right">
                    {several ? `${each.name} so far` : 'So far'}
                  </th>
                ) : null}
              </Fragment>
            ))}
            {several ? null : <RoleHead />}
          </tr>
        </thead>
        <tbody>
          {events.map((event, index) => {
            const open = allRaw || unfolded.has(index);
            return (
              <Fragment key={`${event.file}:${event.line}`}>
                <tr
                  className={classes(
                    '[&>td]:h-[25px] [&>td]:whitespace-nowrap [&>td]:px-2',
                    event.role !== 'counted' && 'text-text-3',
                    !event.inWindow && '[&>td]:bg-sunken',
                  )}
                >
                  <td className="font-mono text-[0.95em]">
                    <button
                      type="button"
                      aria-expanded={open}
                      onClick={() => toggle(index)}
                      title={formatTime(event.time, { zone })}
                      className="inline-flex min-h-6 items-center gap-1"
                    >
                      <Icon
                        name={open ? 'chevron-down' : 'chevron-right'}
                        size={11}
                        className="text-text-3"
                      />
                      {short ? formatClock(event.time, zone) : formatInputTime(event.time, zone).slice(5)}
                    </button>
                  </td>
                  {several ? <RoleCell event={event} /> : null}
                  {shown.map((each) => (
                    <Fragment key={each.name}>
                      {each.value ? <Figure value={event.values[each.at] ?? null} /> : null}
                      {each.running ? <Figure value={event.running[each.at] ?? null} soft /> : null}
                    </Fragment>
                  ))}
                  {several ? null : <RoleCell event={event} />}
                </tr>
                {open ? (
                  <tr>
                    <td colSpan={width} className="px-2 pt-0.5 pb-2">
                      <RawRecord event={event} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** With several measures it stands before them: what became of an event must not need scrolling to be seen. */
function RoleHead() {
  return (
    <th scope="col" className="text-left">
      In the calculation
    </th>
  );
}

function RoleCell({ event }: { event: CellEvent }) {
  return <td className="min-w-28 whitespace-normal! text-xs leading-tight">{roleWords(event)}</td>;
}

function Figure({ value, soft = false }: { value: string | null; soft?: boolean }) {
  return (
    <td className={classes('text-right', soft && 'text-text-2')}>
      {value === null ? <NoValue because="No value for this event" /> : formatValue(value)}
    </td>
  );
}

/** The record as the archive has it, and where. */
function RawRecord({ event }: { event: CellEvent }) {
  return (
    <div className="rounded-control-sm border border-line bg-surface px-2.5 py-2 text-text text-xs">
      <dl className="grid grid-cols-[minmax(5rem,auto)_minmax(0,1fr)] gap-x-3 gap-y-0.5 font-mono">
        {Object.entries(event.raw).map(([name, value]) => (
          <Fragment key={name}>
            <dt className="text-text-3">{name}</dt>
            <dd className="[overflow-wrap:anywhere]">
              {value === null ? <NoValue because="NULL" /> : value === '' ? '""' : value}
            </dd>
          </Fragment>
        ))}
      </dl>
      <p className="mt-1.5 text-text-3 [overflow-wrap:anywhere]">
        {event.file}, {event.file.endsWith('.parquet') ? 'row' : 'line'} {event.line}
      </p>
    </div>
  );
}
