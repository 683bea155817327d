'use client';

import { RowComments } from '#components/comments/row-comments';
import { bucketText } from '#components/compare/column-text.ts';
import { EventsTable } from '#components/compare/events-table';
import { keyText, kindOf, meaningOf, whyEmpty } from '#components/compare/kinds.ts';
import { RowChoice } from '#components/compare/row-choice';
import type { TableUrl } from '#components/compare/table-url.ts';
import { useEvidence } from '#components/compare/use-discrepancies.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, IconButton } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { classes } from '#components/ui/classes.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { Segmented } from '#components/ui/segmented';
import { ErrorState } from '#components/ui/states';
import { Difference, Value } from '#components/ui/value';
import type { CellEvidence } from '#lib/compare/discrepancy';
import type { RunView, Summary } from '#lib/replay/run';

type PanelProps = {
  run: RunView;
  summary: Summary;
  /** Its place in discrepancies.csv. */
  row: number;
  tab: TableUrl['tab'];
  zone: string;
  /** Beside the table it has a frame, a sticky place and a way to close; in a sheet, the sheet has those. */
  framed: boolean;
  onTab: (tab: TableUrl['tab']) => void;
  onStep: (by: number) => void;
  onClose: () => void;
};

const TABS = [
  { value: 'events', label: 'Events' },
  { value: 'raw', label: 'Raw records' },
] as const;

/** Everything behind one row: the three values, a cause where one fits, and every event. */
export function RowPanel(props: PanelProps) {
  const { run, row, framed, onStep, onClose } = props;
  const query = useEvidence(run.id, row);
  const evidence = query.data;
  // in a sheet it stands under the sheet's own title
  const Heading = framed ? 'h2' : 'h3';
  const content = (
    <>
      <div className="flex min-h-11 items-center gap-1.5 border-line border-b py-1.5 pr-2 pl-3.5">
        <Heading
          className="min-w-0 truncate font-mono font-semibold text-md"
          title={evidence && keyText(evidence.row)}
        >
          {evidence === undefined ? '' : keyText(evidence.row)}
        </Heading>
        {evidence === undefined ? null : (
          <Pill tone={kindOf(evidence.row).tone}>{kindOf(evidence.row).label}</Pill>
        )}
        <span className="ml-auto flex">
          <IconButton size="sm" icon="chevron-up" label="Previous row" onClick={() => onStep(-1)} />
          <IconButton size="sm" icon="chevron-down" label="Next row" onClick={() => onStep(1)} />
          {framed ? <IconButton size="sm" icon="cross" label="Close" onClick={onClose} /> : null}
        </span>
      </div>
      {query.isError ? (
        <ErrorState
          compact
          error={apiErrorOf(query.error)}
          title="Can't show what is behind this row."
          actions={
            <Button icon="again" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      ) : evidence === undefined ? (
        <SkeletonRows rows={5} label="Reading the events behind this row" />
      ) : (
        <Evidence evidence={evidence} {...props} />
      )}
    </>
  );
  return framed ? (
    <aside aria-label="Row" className="sticky top-2.5">
      <Card className="relative max-h-[calc(100dvh-5rem)] overflow-y-auto">{content}</Card>
    </aside>
  ) : (
    <div>{content}</div>
  );
}

function Evidence({ evidence, run, summary, tab, zone, onTab }: PanelProps & { evidence: CellEvidence }) {
  const { row, columns, events, totalEvents, cause } = evidence;
  const meaning = meaningOf(row);
  return (
    <>
      {columns.bucket === null || row.bucket === null ? null : (
        <p className="border-line border-b px-3.5 py-2 text-text-2">
          <span className="text-text-3">{columns.bucket.name}</span>{' '}
          <span className="font-mono">
            {bucketText(row.bucket, zone)} {zone}
          </span>
        </p>
      )}
      <div className="divide-y divide-line border-line border-b">
        {columns.measures.map((measure, at) => (
          <Comparison
            key={measure.name}
            evidence={evidence}
            at={at}
            numeric={measure.numeric}
            name={columns.measures.length > 1 ? measure.name : null}
          />
        ))}
      </div>
      <RowChoice key={row.row} run={run} summary={summary} row={row} />
      <RowComments key={`comments ${row.row}`} runId={run.id} row={row} />
      {meaning === null ? null : <p className="border-line border-b px-3.5 py-2.5 text-pretty">{meaning}</p>}
      {cause === null ? null : <p className="border-line border-b px-3.5 py-2.5 text-pretty">{cause}</p>}
      {totalEvents === 0 ? (
        <p className="px-3.5 py-3 text-text-2">The archive holds no event of this row.</p>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-2 px-3.5 pt-2.5 pb-1">
            <p className="text-text-2">
              {countOf(totalEvents, 'record', 'records')}
              {events.length < totalEvents ? `, the first ${formatCount(events.length)} shown` : ''}
              {row.duplicates > 0 ? `, ${countOf(row.duplicates, 'duplicate', 'duplicates')}` : ''}
            </p>
            <Segmented label="What to show of the events" options={TABS} value={tab} onValueChange={onTab} />
          </div>
          <EventsTable key={row.row} events={events} columns={columns} zone={zone} allRaw={tab === 'raw'} />
        </>
      )}
    </>
  );
}

/** Live, recalculated, and where they are numbers the difference between them; one under the other where the values are long. */
function Comparison({
  evidence: { row },
  at,
  numeric,
  name,
}: {
  evidence: CellEvidence;
  at: number;
  numeric: boolean;
  name: string | null;
}) {
  const [live, recalculated, delta] = [
    row.live[at] ?? null,
    row.recalculated[at] ?? null,
    row.delta[at] ?? null,
  ];
  const long = [live, recalculated, delta].some((value) => (value?.length ?? 0) > LONG);
  const parts = [
    {
      term: name === null ? 'Live now' : `${name}, live`,
      value: <Value value={live} because={whyEmpty(row, 'live')} />,
    },
    { term: 'Recalculated', value: <Value value={recalculated} because={whyEmpty(row, 'recalculated')} /> },
    ...(numeric
      ? [
          {
            term: 'Difference',
            value: <Difference value={delta} because="No value on either side" />,
          },
        ]
      : []),
  ];
  return (
    <dl
      className={classes(
        'px-3.5 py-2.5',
        long ? 'grid gap-1' : 'grid grid-cols-[1fr_1fr_auto] items-start gap-x-3',
      )}
    >
      {parts.map((part, index) => (
        <div
          key={part.term}
          className={
            long
              ? 'flex items-baseline justify-between gap-3'
              : classes('min-w-0', index === 2 && 'text-right')
          }
        >
          <dt className="flex-none text-text-3 text-xs">{part.term}</dt>
          <dd
            className={classes(
              'min-w-0 font-semibold tracking-[-0.02em] [overflow-wrap:anywhere] [&_span]:whitespace-normal',
              long ? 'text-right text-md' : 'text-[1.0625rem]',
            )}
          >
            {part.value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Digits that still fit beside each other three times. */
const LONG = 9;
