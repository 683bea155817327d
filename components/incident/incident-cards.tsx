import Link from 'next/link';
import type { Group } from '#components/incident/groups.ts';
import { incidentHref, ROW_LINK } from '#components/incident/incident-table';
import { NetCorrection } from '#components/incident/net-correction';
import { StageMeter } from '#components/incident/stage-meter';
import { Avatar } from '#components/ui/avatar';
import { classes } from '#components/ui/classes.ts';
import { countOf } from '#components/ui/format.ts';
import { Tag } from '#components/ui/pill';
import { TimeAgo } from '#components/ui/time-text';
import type { IncidentRow } from '#lib/incident/incident';

/** The list on a phone: the same rows, one under the other. */
export function IncidentCards({ groups }: { groups: readonly Group[] }) {
  return (
    <div className="md:hidden">
      {groups.map((group) => (
        <section key={group.key} aria-label={group.title} className="border-line border-t first:border-t-0">
          <h2 className="flex h-[38px] items-center gap-1.5 border-line border-b bg-sunken px-3.5 font-medium text-sm text-text-2">
            {group.title}
            <span className="font-normal text-text-3">{group.count}</span>
          </h2>
          <ul>
            {group.rows.map((row) => (
              <Card key={row.id} row={row} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Card({ row }: { row: IncidentRow }) {
  return (
    <li className="relative grid grid-cols-[1fr_auto] gap-x-3 border-line border-b px-3.5 py-3 last:border-b-0">
      <div className="min-w-0">
        <Link
          href={incidentHref(row)}
          prefetch={false}
          data-incident-link
          className={classes(
            'text-pretty font-medium text-md leading-snug [overflow-wrap:anywhere]',
            ROW_LINK,
          )}
        >
          {row.title}
        </Link>
        <code className="mt-0.5 block text-sm text-text-3 [overflow-wrap:anywhere]">
          INC-{row.number}
          {row.liveTable === null ? null : ` · ${row.liveTable}`}
        </code>
      </div>
      <Avatar name={row.owner} label="Owner" />
      <div className="col-span-2 mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <StageMeter row={row} />
        {row.sample ? <Tag tone="violet">Sample</Tag> : null}
        <span className="ml-auto text-sm text-text-3">
          <TimeAgo iso={row.updatedAt} />
        </span>
      </div>
      {row.differ === null ? null : (
        <div className="col-span-2 mt-1 flex flex-wrap gap-x-3 text-sm">
          <span>
            {countOf(row.differ, 'row', 'rows')}{' '}
            <span className="text-text-3">{row.differ === 1 ? 'differs' : 'differ'}</span>
          </span>
          {row.netDelta.length === 0 ? null : <NetCorrection row={row} />}
        </div>
      )}
    </li>
  );
}
