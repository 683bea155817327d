'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { type RefObject, useCallback, useRef } from 'react';
import { MayLink } from '#components/access/may-link';
import { useMay } from '#components/access/use-me.ts';
import { groupsOf } from '#components/incident/groups.ts';
import { IncidentCards } from '#components/incident/incident-cards';
import { IncidentTable } from '#components/incident/incident-table';
import { ListFooter } from '#components/incident/list-footer';
import { FirstIncident, NoMatch, NothingInState } from '#components/incident/list-states';
import { SearchBox } from '#components/incident/search-box';
import { useIncidents } from '#components/incident/use-incidents.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState, Notice } from '#components/ui/states';
import { LinkTabs } from '#components/ui/tabs';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import type { IncidentList } from '#lib/incident/incident';
import {
  LIST_STATES,
  type ListState,
  type ListView,
  listViewQuery,
  parseListView,
} from '#lib/incident/list-view';

const LABELS: Record<ListState, string> = {
  open: 'Open',
  review: 'Waiting for review',
  applied: 'Applied',
  closed: 'Closed',
  all: 'All',
};

/** The incidents: which there are, where each stands, and the way into them. */
export function IncidentsScreen() {
  const view = parseListView(useSearchParams());
  const incidents = useIncidents(view);
  const list = incidents.data;
  const search = useRef<HTMLInputElement>(null);
  useListKeys(search);
  // The address is the view; typing changes it in place, without a way back for every letter.
  const onSearch = useCallback(
    (q: string) =>
      window.history.replaceState(
        null,
        '',
        `/incidents${listViewQuery({ ...parseListView(new URLSearchParams(window.location.search)), q })}`,
      ),
    [],
  );
  return (
    <>
      <PageHeader
        size="xl"
        title="Incidents"
        actions={
          <MayLink
            href="/incidents/new"
            variant="primary"
            icon="plus"
            needs="incident.change"
            doing="open an incident"
          >
            New incident
          </MayLink>
        }
      />
      <div
        hidden={list?.counts.all === 0}
        className="mb-3 flex flex-wrap items-center justify-between gap-2 [&[hidden]]:hidden"
      >
        <LinkTabs
          label="Incidents by state"
          current={view.state}
          tabs={LIST_STATES.map((state) => ({
            key: state,
            label: LABELS[state],
            href: `/incidents${listViewQuery({ ...view, state })}`,
            count: list === undefined ? undefined : formatCount(list.counts[state]),
          }))}
        />
        <SearchBox value={view.q} onSearch={onSearch} inputRef={search} />
      </div>
      <Card aria-label="Incidents" aria-busy={incidents.isPlaceholderData}>
        {list === undefined ? (
          incidents.error ? (
            <ErrorState
              title="Can't show the incidents."
              error={apiErrorOf(incidents.error)}
              actions={
                <Button icon="again" busy={incidents.isFetching} onClick={() => incidents.refetch()}>
                  Try again
                </Button>
              }
            />
          ) : (
            <SkeletonRows label="Reading the incidents" />
          )
        ) : (
          <>
            {incidents.error ? (
              <Notice tone="warn" role="status">
                {apiErrorOf(incidents.error).message} The list below may be old.
              </Notice>
            ) : null}
            <List list={list} view={view} />
          </>
        )}
      </Card>
      {list !== undefined && list.rows.length > 0 ? <ListFooter list={list} view={view} /> : null}
    </>
  );
}

function List({ list, view }: { list: IncidentList; view: ListView }) {
  if (list.counts.all === 0) return <FirstIncident />;
  if (list.rows.length === 0 && view.q !== '')
    return <NoMatch view={view} label={LABELS[view.state]} counts={list.counts} />;
  if (list.rows.length === 0)
    return <NothingInState view={view} label={LABELS[view.state]} counts={list.counts} />;
  const groups = groupsOf(list, view.state, view.q !== '');
  return (
    <>
      <IncidentTable groups={groups} view={view} />
      <IncidentCards groups={groups} />
    </>
  );
}

/** J and K move between the rows, N begins an incident, / searches. Enter opens, as on any link. */
function useListKeys(search: RefObject<HTMLInputElement | null>): void {
  const router = useRouter();
  const mayOpen = useMay('incident.change');
  const move = (by: 1 | -1) => {
    const links = [...document.querySelectorAll<HTMLElement>('[data-incident-link]')].filter(
      (link) => link.offsetParent,
    );
    const at = links.findIndex((link) => link.matches(':focus'));
    const next = at === -1 ? (by === 1 ? 0 : links.length - 1) : at + by;
    links[Math.min(links.length - 1, Math.max(0, next))]?.focus();
  };
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    ...(mayOpen ? { n: () => router.push('/incidents/new') } : {}),
    '/': () => search.current?.focus(),
  });
}
