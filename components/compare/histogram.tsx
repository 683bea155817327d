'use client';

import { type KeyboardEvent, useId, useState } from 'react';
import { useHistogram } from '#components/compare/use-discrepancies.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { classes } from '#components/ui/classes.ts';
import { countOf, formatDifference, signOf } from '#components/ui/format.ts';
import { SelectField } from '#components/ui/select-field';
import type { DeltaHistogram } from '#lib/compare/discrepancy';

type HistogramProps = {
  runId: string;
  measures: readonly string[];
  measure: string;
  bar: Bar | null;
  onMeasure: (measure: string) => void;
  onBar: (bar: Bar | null) => void;
};

type Bin = DeltaHistogram['bins'][number];
/** A bar by its bounds: [from, to). */
export type Bar = Pick<Bin, 'from' | 'to'>;

/** How the differences of a measure spread; a bar is a filter of the table. */
export function Histogram({ runId, measures, measure, bar, onMeasure, onBar }: HistogramProps) {
  const query = useHistogram(runId, measure);
  const bins = query.data?.bins ?? [];
  return (
    <div className="flex min-w-0 flex-wrap gap-x-3 gap-y-1 bg-surface px-3.5 py-2">
      <div className="flex min-w-[5.5rem] flex-none flex-col justify-between gap-1 max-md:w-full">
        <p className="text-text-3 text-xs leading-tight">
          Difference per row{measures.length > 1 ? '' : ','}
          <span className="block">{measures.length > 1 ? null : measure}</span>
        </p>
        {measures.length > 1 ? (
          <SelectField
            label="Measure"
            hideLabel
            mono
            options={measures.map((each) => ({ value: each, label: each }))}
            value={measure}
            onValueChange={onMeasure}
          />
        ) : null}
      </div>
      {query.isError ? (
        <p className="text-danger text-xs">{apiErrorOf(query.error).message}</p>
      ) : (
        <Bars bins={bins} bar={bar} onPick={onBar} />
      )}
    </div>
  );
}

type BarsProps = { bins: readonly Bin[]; bar: Bar | null; onPick: (bar: Bar | null) => void };

/**
 * The bars are one control with one place for the focus: arrows go from bar to bar, Enter picks. Bars are narrower than
 * a finger; the Filter over the table takes the same bounds.
 */
function Bars({ bins, bar, onPick }: BarsProps) {
  const id = useId();
  const picked = bins.findIndex((each) => each.from === bar?.from && each.to === bar.to);
  const [active, setActive] = useState<number | null>(null);
  const at = active ?? (picked >= 0 ? picked : null);
  const pick = (index: number) => {
    const bin = bins[index];
    if (bin !== undefined && bin.rows > 0) onPick(picked === index ? null : bin);
  };
  const press = (event: KeyboardEvent) => {
    if (at !== null && (event.key === 'Enter' || event.key === ' ')) pick(at);
    else {
      const next = nextBar(bins, at, event.key);
      if (next === null) return;
      setActive(next);
    }
    event.preventDefault();
  };
  const [first, last] = [bins.at(0), bins.at(-1)];
  return (
    <div className="min-w-40 flex-1">
      <div
        role="listbox"
        tabIndex={0}
        aria-label="Rows by difference, a filter each"
        aria-orientation="horizontal"
        aria-activedescendant={at === null ? undefined : `${id}-${at}`}
        onKeyDown={press}
        onBlur={() => setActive(null)}
        className="relative flex h-11 items-end border-line-2 border-b"
      >
        {bins.map((each, index) => (
          <BinBar
            key={each.from}
            id={`${id}-${index}`}
            bins={bins}
            index={index}
            picked={picked}
            active={active === index}
            onPick={pick}
          />
        ))}
      </div>
      <p aria-hidden="true" className="flex justify-between pt-0.5 text-2xs text-text-3">
        <span>{first === undefined ? '' : formatDifference(first.from)}</span>
        <span>{last === undefined ? '' : formatDifference(last.to)}</span>
      </p>
    </div>
  );
}

/** The bar that a key goes to; bars without rows are passed over. Null for other keys. */
function nextBar(bins: readonly Bin[], at: number | null, key: string): number | null {
  const full = bins.flatMap((each, index) => (each.rows > 0 ? [index] : []));
  if (key === 'ArrowRight' || key === 'ArrowDown') return full.find((index) => index > (at ?? -1)) ?? at;
  if (key === 'ArrowLeft' || key === 'ArrowUp')
    return full.findLast((index) => index < (at ?? bins.length)) ?? at;
  if (key === 'Home') return full.at(0) ?? null;
  return key === 'End' ? (full.at(-1) ?? null) : null;
}

type BinBarProps = {
  id: string;
  bins: readonly Bin[];
  index: number;
  picked: number;
  active: boolean;
  onPick: (index: number) => void;
};

function BinBar({ id, bins, index, picked, active, onPick }: BinBarProps) {
  const each = bins[index];
  if (each === undefined) return null;
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  const zero = bins.findIndex(({ from }) => signOf(from) !== 'minus');
  const words = `${rangeText(each)}: ${countOf(each.rows, 'row', 'rows')}`;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and says which bar is the active one
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    <div
      id={id}
      role="option"
      aria-selected={picked === index}
      aria-disabled={each.rows === 0 || undefined}
      aria-label={words}
      title={words}
      onClick={() => onPick(index)}
      className={classes(
        'relative flex h-full min-w-0 flex-1 items-end px-[0.75px] aria-selected:bg-selected',
        each.rows > 0 && 'cursor-pointer hover:bg-hover',
        active && 'outline-2 outline-focus',
        picked >= 0 && picked !== index && 'opacity-45',
      )}
    >
      {index === zero && index > 0 ? (
        <span
          aria-hidden="true"
          className="absolute inset-y-0 -left-px border-text-3 border-l border-dashed"
        />
      ) : null}
      <span
        className={classes(
          'edge-forced block w-full rounded-t-[1px]',
          signOf(each.from) === 'minus' ? 'bg-minus-fill' : 'bg-plus-fill',
        )}
        // The root keeps small bins in sight beside large ones; the figure itself is in the bar's name.
        style={{ height: each.rows === 0 ? 0 : `${Math.max(6, Math.sqrt(each.rows / most) * 100)}%` }}
      />
    </div>
  );
}

/** A bar's bounds in words: `+20 up to +40`. The upper one is not included. */
export const rangeText = ({ from, to }: Bar): string =>
  `${formatDifference(from)} up to ${formatDifference(to)}`;
