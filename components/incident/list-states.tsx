import { MayLink } from '#components/access/may-link';
import { OpenSampleButton } from '#components/incident/open-sample-button';
import { ButtonLink } from '#components/ui/button';
import { formatCount } from '#components/ui/format.ts';
import { EmptyState } from '#components/ui/states';
import type { IncidentList } from '#lib/incident/incident';
import { type ListView, listViewQuery } from '#lib/incident/list-view';

/** Recount was just started. */
export function FirstIncident() {
  return (
    <EmptyState
      title="No incidents yet."
      icon="incident"
      actions={
        <>
          <MayLink
            href="/incidents/new"
            variant="primary"
            icon="plus"
            needs="incident.change"
            doing="open an incident"
          >
            New incident
          </MayLink>
          <OpenSampleButton />
        </>
      }
    >
      Point Recount at an archive, choose the window that failed, and it shows every live row that is wrong.
      The sample is a real one: a points table whose worker dropped and doubled events.
    </EmptyState>
  );
}

type NothingProps = { view: ListView; label: string; counts: IncidentList['counts'] };

export function NoMatch({ view, label, counts }: NothingProps) {
  return (
    <EmptyState
      title={
        view.state === 'all'
          ? `No incidents match “${view.q}”.`
          : `No incidents match “${view.q}” in ${label}.`
      }
      icon="search"
      actions={
        <>
          {view.state === 'all' ? null : (
            <ButtonLink href={`/incidents${listViewQuery({ ...view, state: 'all' })}`}>
              Search all {formatCount(counts.all)}
            </ButtonLink>
          )}
          <ButtonLink href={`/incidents${listViewQuery({ ...view, q: '' })}`} variant="ghost">
            Clear
          </ButtonLink>
        </>
      }
    />
  );
}

const WORDS: Record<ListView['state'], string> = {
  open: 'No incident is open.',
  review: 'Nothing is waiting for review.',
  applied: 'No patch has been applied yet.',
  closed: 'No incident is closed.',
  all: 'No incidents yet.',
};

export function NothingInState({ view, counts }: NothingProps) {
  return (
    <EmptyState
      title={WORDS[view.state]}
      icon="check"
      actions={
        <ButtonLink href={`/incidents${listViewQuery({ ...view, state: 'all' })}`}>
          Show all {formatCount(counts.all)}
        </ButtonLink>
      }
    />
  );
}
