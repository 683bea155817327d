'use client';

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

function Bars({ bins, bar, onPick }: BarsProps) {
  const picked = bins.findIndex((each) => each.from === bar?.from && each.to === bar.to);
  const most = Math.max(1, ...bins.map((each) => each.rows));
  const zero = bins.findIndex((each) => signOf(each.from) !== 'minus');
  const [first, last] = [bins.at(0), bins.at(-1)];
  return (
    <div className="min-w-40 flex-1">
      {/* biome-ignore lint/a11y/useSemanticElements: bars are no fields */}
      <div
        role="group"
        aria-label="Rows by difference, a filter each"
        className="relative flex h-11 items-end border-line-2 border-b"
      >
        {bins.map((each, index) => (
          <button
            key={each.from}
            type="button"
            aria-pressed={picked === index}
            aria-label={`${rangeText(each)}: ${countOf(each.rows, 'row', 'rows')}`}
            title={`${rangeText(each)}: ${countOf(each.rows, 'row', 'rows')}`}
            disabled={each.rows === 0}
            onClick={() => onPick(picked === index ? null : each)}
            className={classes(
              'group relative flex h-full min-w-0 flex-1 items-end px-[0.75px] enabled:hover:bg-hover aria-pressed:bg-selected',
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
          </button>
        ))}
      </div>
      <p aria-hidden="true" className="flex justify-between pt-0.5 text-2xs text-text-3">
        <span>{first === undefined ? '' : formatDifference(first.from)}</span>
        <span>{last === undefined ? '' : formatDifference(last.to)}</span>
      </p>
    </div>
  );
}

/** A bar's bounds in words: `+20 up to +40`. The upper one is not included. */
export const rangeText = ({ from, to }: Bar): string =>
  `${formatDifference(from)} up to ${formatDifference(to)}`;
