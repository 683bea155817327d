'use client';

import { useEffect, useState } from 'react';
import { KIND_LABELS } from '#components/compare/kinds.ts';
import { isBound, type Kind, type TableUrl } from '#components/compare/table-url.ts';
import { runPath } from '#components/compare/use-run.ts';
import type { ChangeTable } from '#components/compare/use-table-url.ts';
import { Button, DownloadLink } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { formatCount, formatDifference } from '#components/ui/format.ts';
import { Popover } from '#components/ui/popover';
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
        <Popover
          title={`Difference of ${measure}`}
          trigger={
            <Button icon="filter" aria-pressed={bounded}>
              {bounded ? boundsText(url) : 'Filter'}
            </Button>
          }
        >
          <Bounds url={url} onChange={onChange} />
        </Popover>
      )}
      <DownloadLink href={`${runPath(runId)}/discrepancies.csv`} title="All differences as CSV">
        <span className="sr-only">All differences as CSV</span>
      </DownloadLink>
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

function Bounds({ url, onChange }: { url: TableUrl; onChange: ChangeTable }) {
  const [min, setMin] = useState(url.min);
  const [max, setMax] = useState(url.max);
  const wrong = (text: string): string | undefined =>
    text === '' || isBound(text) ? undefined : 'A plain number, such as 12.50 or -40.';
  const apply = () => {
    if (wrong(min) === undefined && wrong(max) === undefined) onChange({ min, max, below: '' });
  };
  return (
    <form
      className="grid gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <p className="text-text-3 text-xs">
        Recalculated minus live, both bounds included: too low is above 0.
      </p>
      <div className="grid grid-cols-2 items-start gap-2">
        <TextField
          label="At least"
          inputMode="decimal"
          value={min}
          onValueChange={setMin}
          error={wrong(min)}
        />
        <TextField
          label="At most"
          inputMode="decimal"
          value={max}
          onValueChange={setMax}
          error={wrong(max)}
        />
      </div>
      <div className="flex justify-end gap-2">
        <Button
          onClick={() => {
            setMin('');
            setMax('');
            onChange({ min: '', max: '', below: '' });
          }}
        >
          Clear
        </Button>
        <Button type="submit" variant="primary">
          Show
        </Button>
      </div>
    </form>
  );
}
