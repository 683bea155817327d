'use client';

import { useEffect, useId, useState } from 'react';
import { KIND_LABELS } from '#components/compare/kinds.ts';
import { isBound, type Kind, type TableUrl } from '#components/compare/table-url.ts';
import { runPath } from '#components/compare/use-run.ts';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { Button, DownloadLink } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { formatCount, formatDifference } from '#components/ui/format.ts';
import { FilterChips } from '#components/ui/segmented';
import type { DiscrepancyPage } from '#lib/compare/discrepancy';

type FiltersProps = {
  runId: string;
  url: TableUrl;
  measure: string | undefined;
  counts: DiscrepancyPage['counts'] | undefined;
  onChange: ChangeTable;
};

const KINDS = Object.keys(KIND_LABELS) as Kind[];

/** Kinds with their counts, part of a key, and bounds of the difference. All of it is asked of the server. */
export function Filters({ runId, url, measure, counts, onChange }: FiltersProps) {
  const options = KINDS.filter(
    (kind) => kind === 'all' || kind === url.kind || counts === undefined || counts[kind] > 0,
  ).map((kind) => ({
    value: kind,
    label: KIND_LABELS[kind],
    count: counts === undefined ? undefined : formatCount(counts[kind]),
  }));
  const [unfolded, setUnfolded] = useState(false);
  const boundsId = useId();
  const bounded = url.min !== '' || url.max !== '' || url.below !== '';
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-2 border-line border-b px-2.5 py-2">
      <div className="min-w-0 flex-1 max-md:basis-full">
        <FilterChips
          label="Filter by kind"
          options={options}
          value={url.kind}
          onValueChange={(kind) => onChange({ kind })}
        />
      </div>
      <KeySearch q={url.q} onChange={(q) => onChange({ q })} />
      {measure === undefined ? null : (
        <Button
          icon="filter"
          aria-expanded={unfolded}
          aria-controls={boundsId}
          onClick={() => setUnfolded(!unfolded)}
        >
          {bounded ? boundsText(url) : 'Filter'}
        </Button>
      )}
      <DownloadLink href={`${runPath(runId)}/discrepancies.csv`} title="All differences as CSV">
        <span className="sr-only">All differences as CSV</span>
      </DownloadLink>
      {unfolded && measure !== undefined ? (
        <Bounds
          key={`${url.min} ${url.max} ${url.below}`}
          id={boundsId}
          measure={measure}
          url={url}
          onChange={onChange}
        />
      ) : null}
    </div>
  );
}

/** `−40 to +20`, `from +20`, `under +40`. */
function boundsText({ min, max, below }: TableUrl): string {
  const from = min === '' ? '' : formatDifference(min);
  if (max !== '') return from === '' ? `to ${formatDifference(max)}` : `${from} to ${formatDifference(max)}`;
  if (below !== '')
    return from === '' ? `under ${formatDifference(below)}` : `${from} up to ${formatDifference(below)}`;
  return `from ${from}`;
}

/** The address follows once typing rests. */
const REST_MS = 250;

function KeySearch({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [text, setText] = useState(q);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => onChange(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text, q, onChange]);
  return (
    <TextField
      label="Part of a key"
      hideLabel
      icon="search"
      type="search"
      placeholder="Find a key"
      spellCheck={false}
      value={text}
      onValueChange={setText}
      className="max-md:flex-1 md:w-36"
    />
  );
}

type BoundsProps = { id: string; measure: string; url: TableUrl; onChange: ChangeTable };

/** Bounds of the difference. Unfolded in the card itself, so that the rows stay in sight while it is set. */
function Bounds({ id, measure, url, onChange }: BoundsProps) {
  const [min, setMin] = useState(url.min);
  const [max, setMax] = useState(url.max);
  const wrong = (text: string): string | undefined =>
    text === '' || isBound(text) ? undefined : 'A plain number, such as 12.50 or -40.';
  return (
    <form
      id={id}
      className="flex basis-full flex-wrap items-start gap-2 border-line border-t pt-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (wrong(min) === undefined && wrong(max) === undefined) onChange({ min, max, below: '' });
      }}
    >
      <p className="basis-full text-text-2 text-xs">
        Difference of <code>{measure}</code>, recalculated minus live, both bounds included. Too low is above
        0.
      </p>
      <TextField
        label="At least"
        hideLabel
        prefix="At least"
        inputMode="decimal"
        value={min}
        onValueChange={setMin}
        error={wrong(min)}
        className="max-md:basis-full md:w-44"
      />
      <TextField
        label="At most"
        hideLabel
        prefix="At most"
        inputMode="decimal"
        value={max}
        onValueChange={setMax}
        error={wrong(max)}
        className="max-md:basis-full md:w-44"
      />
      <Button type="submit" variant="primary">
        Show
      </Button>
      <Button onClick={() => onChange({ min: '', max: '', below: '' })}>Clear</Button>
    </form>
  );
}
