import type { IncidentGroup, IncidentList, IncidentRow } from '#lib/incident/incident';
import type { ListState } from '#lib/incident/list-view';

export type Group = { key: IncidentGroup; title: string; count: string; rows: readonly IncidentRow[] };

const ORDER: readonly IncidentGroup[] = ['review', 'progress', 'applied', 'closed'];

/** By whom an incident waits for, in the order of the list; groups without a row are left out. */
export function groupsOf(list: IncidentList, state: ListState, searched: boolean): readonly Group[] {
  const titles: Record<IncidentGroup, string> = {
    review: 'Waiting for review',
    progress: 'In progress',
    applied: state === 'open' ? 'Recently applied' : 'Applied',
    closed: 'Closed',
  };
  const totals: Record<IncidentGroup, number> = {
    review: list.counts.review,
    progress: list.counts.open - list.counts.review,
    applied: list.counts.applied,
    closed: list.counts.closed,
  };
  return ORDER.map((key): Group => {
    const rows = list.rows.filter((row) => row.group === key);
    const partial = !searched && totals[key] > rows.length;
    return {
      key,
      title: titles[key],
      count: partial ? `${rows.length} of ${totals[key]}` : `${rows.length}`,
      rows,
    };
  }).filter((group) => group.rows.length > 0);
}
