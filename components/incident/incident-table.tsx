import Link from 'next/link';
import { Fragment } from 'react';
import type { Group } from '#components/incident/groups.ts';
import { NetCorrection } from '#components/incident/net-correction';
import { StageMeter } from '#components/incident/stage-meter';
import { Avatar } from '#components/ui/avatar';
import { classes } from '#components/ui/classes.ts';
import { formatCount } from '#components/ui/format.ts';
import { Tag } from '#components/ui/pill';
import { GroupRow, type SortDirection, Table, Td, Th, Tr } from '#components/ui/table';
import { TimeAgo, WindowText } from '#components/ui/time-text';
import { NoValue } from '#components/ui/value';
import type { IncidentRow } from '#lib/incident/incident';
import { type ListSort, type ListView, listViewQuery } from '#lib/incident/list-view';

const COLUMNS = 7;

/** A link that the whole row stands for; its ring goes around the row. */
export const ROW_LINK =
  'outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:outline-focus focus-visible:after:-outline-offset-2';

export const incidentHref = (row: Pick<IncidentRow, 'number'>): string => `/incidents/INC-${row.number}`;

/** The list at a desk. The whole row is the link of its title. */
export function IncidentTable({ groups, view }: { groups: readonly Group[]; view: ListView }) {
  return (
    <Table
      caption="Incidents, grouped by what they are waiting for"
      density="list"
      frameClassName="max-md:hidden"
    >
      <thead>
        <tr>
          <Th {...sorting(view, 'title')}>Incident</Th>
          <Th>Stage</Th>
          <Th className="max-lg:hidden">Window, UTC</Th>
          <Th numeric {...sorting(view, 'differ')}>
            Rows differ
          </Th>
          <Th numeric>Net correction</Th>
          <Th className="max-lg:hidden">
            <span className="sr-only">Owner</span>
          </Th>
          <Th numeric {...sorting(view, 'updated')}>
            Updated
          </Th>
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.key}>
          <GroupRow columns={COLUMNS} title={group.title} count={group.count} />
          {group.rows.map((row) => (
            <Fragment key={row.id}>
              <Row row={row} />
            </Fragment>
          ))}
        </tbody>
      ))}
    </Table>
  );
}

/** What a press on a column's head does: figures and times begin with the largest, words with A. */
function sorting(view: ListView, column: 'title' | 'differ' | 'updated') {
  const up: ListSort = column;
  const down: ListSort = `-${column}`;
  const sort: SortDirection | null =
    view.sort === up ? 'ascending' : view.sort === down ? 'descending' : null;
  const first = column === 'title' ? up : down;
  const next = view.sort === first ? (first === up ? down : up) : first;
  return { sort, sortHref: `/incidents${listViewQuery({ ...view, sort: next })}` };
}

function Row({ row }: { row: IncidentRow }) {
  return (
    <Tr className="relative has-[a:focus-visible]:bg-selected">
      <Td className="w-full min-w-52 max-w-0">
        <div className="flex min-w-0 items-center gap-2">
          <Link
            href={incidentHref(row)}
            prefetch={false}
            data-incident-link
            title={row.title}
            className={classes('truncate font-medium', ROW_LINK)}
          >
            {row.title}
          </Link>
          {row.sample ? <Tag tone="violet">Sample</Tag> : null}
        </div>
        <code className="block truncate text-text-3 text-xs">
          INC-{row.number}
          {row.liveTable === null ? null : ` · ${row.liveTable}`}
        </code>
      </Td>
      <Td className="max-lg:min-w-44 max-lg:whitespace-normal">
        <StageMeter row={row} />
      </Td>
      <Td className="text-text-2 max-lg:hidden">
        {row.window === null ? (
          <NoValue because="No window chosen yet" />
        ) : (
          <WindowText window={row.window} />
        )}
      </Td>
      <Td numeric>
        {row.differ === null ? <NoValue because="Not previewed yet" /> : formatCount(row.differ)}
      </Td>
      <Td numeric>
        <NetCorrection row={row} />
      </Td>
      <Td className="max-lg:hidden">
        <Avatar name={row.owner} label="Owner" />
      </Td>
      <Td numeric className="text-text-3">
        <TimeAgo iso={row.updatedAt} />
      </Td>
    </Tr>
  );
}
