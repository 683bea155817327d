import { z } from 'zod';
import { readIncidentFacts } from '#lib/adapters/store/incident-facts';
import type { IncidentList, IncidentRow } from '#lib/incident/incident';
import { type ListSort, type ListState, parseListView } from '#lib/incident/list-view';
import { permit } from '#lib/recovery/access/permit';
import { incidentRow } from '#lib/recovery/incidents/incident-standing';
import type { Context } from '#lib/recovery/setup/context';

const MOST_ROWS = 500;
/** How many applied ones stand below the open ones. */
const RECENTLY_APPLIED = 5;

const one = z.union([z.string(), z.array(z.string()).transform((all) => all[0] ?? '')]).optional();
export const ListIncidentsInput = z.object({ state: one, q: one, sort: one });

/**
 * The incidents of a view, at most 500, and how many there are by state. `open` has the newest five applied ones too.
 * An unknown state or sort takes its default, as the page does.
 */
export async function listIncidents(
  { store, actor }: Context,
  input: z.output<typeof ListIncidentsInput>,
): Promise<IncidentList> {
  permit(actor, 'incident.read');
  const view = parseListView({ get: (name) => input[name as keyof typeof input] ?? null });
  const all = (await readIncidentFacts(store)).map(incidentRow);
  const count = (...groups: IncidentRow['group'][]): number =>
    all.filter((row) => groups.includes(row.group)).length;
  const found = all.filter((row) => matches(row, view.q.toLowerCase())).sort(order(view.sort));
  return {
    rows: inState(found, view.state).slice(0, MOST_ROWS),
    counts: {
      open: count('review', 'progress'),
      review: count('review'),
      applied: count('applied'),
      closed: count('closed'),
      all: all.length,
    },
  };
}

const matches = (row: IncidentRow, q: string): boolean =>
  [row.title, `inc-${row.number}`, row.liveTable ?? '', row.owner, row.stageWord].some((text) =>
    text.toLowerCase().includes(q),
  );

function inState(rows: readonly IncidentRow[], state: ListState): readonly IncidentRow[] {
  if (state === 'all') return rows;
  if (state !== 'open') return rows.filter((row) => row.group === state);
  const recent = rows
    .filter((row) => row.group === 'applied')
    .sort(order('-updated'))
    .slice(0, RECENTLY_APPLIED);
  return rows.filter((row) => row.group === 'review' || row.group === 'progress' || recent.includes(row));
}

function order(sort: ListSort): (a: IncidentRow, b: IncidentRow) => number {
  const down = sort.startsWith('-') ? -1 : 1;
  if (sort === 'title' || sort === '-title') return (a, b) => down * a.title.localeCompare(b.title, 'en');
  if (sort === 'updated' || sort === '-updated')
    return (a, b) => down * (a.updatedAt < b.updatedAt ? -1 : a.updatedAt > b.updatedAt ? 1 : 0);
  // What was not previewed yet goes last in both directions.
  return (a, b) =>
    a.differ === null || b.differ === null
      ? Number(a.differ === null) - Number(b.differ === null)
      : down * (a.differ - b.differ);
}
