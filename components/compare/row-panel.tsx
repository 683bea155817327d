'use client';

import { bucketText } from '#components/compare/column-text.ts';
import { EventsTable } from '#components/compare/events-table';
import { keyText, kindOf, whyEmpty } from '#components/compare/kinds.ts';
import type { TableUrl } from '#components/compare/table-url.ts';
import { useEvidence } from '#components/compare/use-discrepancies.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, IconButton } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { Segmented } from '#components/ui/segmented';
import { ErrorState } from '#components/ui/states';
import { Difference, Value } from '#components/ui/value';
import type { CellEvidence } from '#lib/compare/discrepancy';

type PanelProps = {
  runId: string;
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
  const { runId, row, framed, onStep, onClose } = props;
  const query = useEvidence(runId, row);
  const evidence = query.data;
  const content = (
    <>
      <header className="flex min-h-11 items-center gap-1.5 border-line border-b py-1.5 pr-2 pl-3.5">
        <h3
          className="min-w-0 truncate font-mono font-semibold text-md"
          title={evidence && keyText(evidence.row)}
        >
          {evidence === undefined ? '' : keyText(evidence.row)}
        </h3>
        {evidence === undefined ? null : (
          <Pill tone={kindOf(evidence.row).tone}>{kindOf(evidence.row).label}</Pill>
        )}
        <span className="ml-auto flex">
          <IconButton size="sm" icon="chevron-up" label="Previous row" onClick={() => onStep(-1)} />
          <IconButton size="sm" icon="chevron-down" label="Next row" onClick={() => onStep(1)} />
          {framed ? <IconButton size="sm" icon="cross" label="Close" onClick={onClose} /> : null}
        </span>
      </header>
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
      <Card className="max-h-[calc(100dvh-5rem)] overflow-y-auto">{content}</Card>
    </aside>
  ) : (
    <div>{content}</div>
  );
}

function Evidence({ evidence, tab, zone, onTab }: PanelProps & { evidence: CellEvidence }) {
  const { row, columns, events, totalEvents, cause } = evidence;
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
            name={columns.measures.length > 1 ? measure.name : null}
          />
        ))}
      </div>
      {cause === null ? null : <p className="border-line border-b px-3.5 py-2.5 text-pretty">{cause}</p>}
      {totalEvents === 0 ? (
        <p className="px-3.5 py-3 text-text-2">The archive holds no event of this row.</p>
      ) : (
        <>
          <div className="flex flex-wrap items-center justify-between gap-2 px-3.5 pt-2.5 pb-1">
            <p className="text-text-2">
              {countOf(totalEvents, 'record', 'records')}
              {events.length < totalEvents ? `, the first ${formatCount(events.length)} shown` : ''}
              {row.duplicates > 0 ? `, ${countOf(row.duplicates, 'duplicate', 'duplicates')} among them` : ''}
            </p>
            <Segmented label="What to show of the events" options={TABS} value={tab} onValueChange={onTab} />
          </div>
          <EventsTable key={row.row} events={events} columns={columns} zone={zone} allRaw={tab === 'raw'} />
        </>
      )}
    </>
  );
}

/** Live, recalculated, and the difference between them. */
function Comparison({
  evidence: { row },
  at,
  name,
}: {
  evidence: CellEvidence;
  at: number;
  name: string | null;
}) {
  const figure = 'block truncate font-semibold text-[1.0625rem] tracking-[-0.02em]';
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)_minmax(0,1fr)] items-center gap-x-2 px-3.5 py-2.5">
      <div className="min-w-0">
        <dt className="truncate text-text-3 text-xs">{name === null ? 'Live now' : `${name}, live`}</dt>
        <dd className={figure}>
          <Value value={row.live[at] ?? null} because={whyEmpty(row, 'live')} />
        </dd>
      </div>
      <div aria-hidden="true" className="text-text-3">
        <Icon name="chevron-right" />
      </div>
      <div className="min-w-0">
        <dt className="truncate text-text-3 text-xs">Recalculated</dt>
        <dd className={figure}>
          <Value value={row.recalculated[at] ?? null} because={whyEmpty(row, 'recalculated')} />
        </dd>
      </div>
      <div className="min-w-0 text-right">
        <dt className="truncate text-text-3 text-xs">Difference</dt>
        <dd className={figure}>
          <Difference value={row.delta[at] ?? null} because="Not a number, or no value on either side" />
        </dd>
      </div>
    </dl>
  );
}
