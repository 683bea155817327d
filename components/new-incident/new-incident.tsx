'use client';

import { useQuery } from '@tanstack/react-query';
import { useMayNot } from '#components/access/use-me.ts';
import { ArchiveSection } from '#components/new-incident/archive-section';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { CalculationSection } from '#components/new-incident/calculation-section';
import { draftOf, EMPTY_DRAFT, fieldId } from '#components/new-incident/draft.ts';
import { DraftBar } from '#components/new-incident/draft-bar';
import { DraftProvider, useDraft } from '#components/new-incident/draft-context';
import { LiveSection } from '#components/new-incident/live-section';
import { NeededList } from '#components/new-incident/needed-list';
import { OpenPlan } from '#components/new-incident/open-plan';
import { OpenSample } from '#components/new-incident/open-sample';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import { SkeletonRows } from '#components/ui/loading';
import { Mono } from '#components/ui/mono';
import { Page, PageHeader } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import type { IncidentView } from '#lib/incident/incident';

/** Everything that the set-up does: it reads folders and tables, takes files in, and saves itself. */
const SETS_UP = [
  'incident.change',
  'archive.browse',
  'archive.change',
  'live_store.use',
  'live_store.test',
  'live_store.change',
];

/** The set-up of an incident: a new one, or the draft that `reference` names. */
export function NewIncident({ reference }: { reference: string | null }) {
  const refusal = useMayNot(SETS_UP, reference === null ? 'open an incident' : 'change the set-up');
  return refusal === null ? (
    <Editor reference={reference} />
  ) : (
    <NoSetUp reference={reference} refusal={refusal} />
  );
}

/** For whom the role is missing: why there is no form, and where the incident can be read. */
function NoSetUp({ reference, refusal }: { reference: string | null; refusal: string }) {
  return (
    <Page width="list">
      <PageHeader size="xl" title={reference === null ? 'New incident' : 'Set up the incident'} />
      <Card>
        <EmptyState
          icon="lock"
          title={
            reference === null ? 'Operators open incidents.' : `Operators change the set-up of ${reference}.`
          }
          actions={
            reference === null ? (
              <ButtonLink href="/incidents">All incidents</ButtonLink>
            ) : (
              <ButtonLink href={`/incidents/${encodeURIComponent(reference)}/archive`}>
                Go to the incident
              </ButtonLink>
            )
          }
        >
          {refusal}
        </EmptyState>
      </Card>
    </Page>
  );
}

function Editor({ reference }: { reference: string | null }) {
  const query = useQuery({
    queryKey: ['incident', reference, 'set-up'],
    queryFn: ({ signal }) =>
      getJson<IncidentView>(`/api/v1/incidents/${encodeURIComponent(reference ?? '')}`, { signal }),
    enabled: reference !== null,
    // The form is the newer one from here on: it saves itself, and is never overwritten while it is open.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (reference !== null && query.data === undefined) {
    return (
      <Page width="list">
        {query.isError ? (
          <ErrorState
            title={`Can't open ${reference}.`}
            error={apiErrorOf(query.error)}
            actions={<ButtonLink href="/incidents">All incidents</ButtonLink>}
          />
        ) : (
          <Card>
            <SkeletonRows rows={5} label={`Opening ${reference}`} />
          </Card>
        )}
      </Page>
    );
  }
  const view = query.data ?? null;
  return (
    <DraftProvider draft={view === null ? EMPTY_DRAFT : draftOf(view)} view={view}>
      <SetUp existing={view !== null} />
      <DraftBar />
    </DraftProvider>
  );
}

function SetUp({ existing }: { existing: boolean }) {
  const { view, draft, edit, error } = useDraft();
  const id = view === null ? null : `INC-${view.number}`;
  return (
    <Page width="list">
      <PageHeader
        size="xl"
        crumbs={[
          { label: 'Incidents', href: '/incidents' },
          ...(id === null
            ? [{ label: 'New' }]
            : [
                { label: <Mono>{id}</Mono>, ...(existing ? { href: `/incidents/${id}` } : {}) },
                { label: 'Set-up' },
              ]),
        ]}
        title={existing ? 'Set up the incident' : 'New incident'}
        actions={
          view === null ? (
            <>
              <OpenPlan />
              <OpenSample />
            </>
          ) : null
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_17.5rem]">
        <div className="grid min-w-0 gap-4">
          {error ? (
            <BoxedNotice tone="danger" role="alert">
              The draft is not saved. {error.message} {error.fix}
            </BoxedNotice>
          ) : null}
          {view?.patch?.state === 'proposed' || view?.patch?.state === 'approved' ? (
            <BoxedNotice tone="warn">
              A patch of this incident waits to be {view.patch.state === 'proposed' ? 'approved' : 'applied'}.
              A change here takes it back, and asks for a new preview and a new approval.
            </BoxedNotice>
          ) : null}
          <TextField
            id={fieldId('title')}
            label="What went wrong"
            placeholder="Totals worker dropped events on 10 June"
            hint="A title for the list and the report."
            maxLength={200}
            value={draft.title}
            onValueChange={(title) => edit((old) => ({ ...old, title }))}
          />
          <ArchiveSection />
          <LiveSection />
          <CalculationSection />
        </div>
        <div className="lg:sticky lg:top-4">
          <NeededList />
        </div>
      </div>
    </Page>
  );
}
