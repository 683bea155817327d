'use client';

import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { Mono } from '#components/ui/mono';
import { Page, PageHeader } from '#components/ui/page';
import { ErrorState } from '#components/ui/states';
import { ErasedNotice } from '#components/workspace/erased-notice';
import { planWindow } from '#components/workspace/steps.ts';
import { IncidentContext, useIncidentQuery } from '#components/workspace/use-incident.ts';
import { TimelineChoiceProvider } from '#components/workspace/use-timeline-choice';
import { WorkspaceHeader } from '#components/workspace/workspace-header';
import { STAGES, type Stage } from '#lib/incident/incident';

/** An incident's workspace: its header and stages above, the stage that is open below. */
export function Workspace({ reference, children }: { reference: string; children: ReactNode }) {
  const query = useIncidentQuery(reference);
  const stage = useStage();
  if (query.data === undefined) {
    return (
      <Page>
        <PageHeader crumbs={[{ label: 'Incidents', href: '/incidents' }]} title={<Mono>{reference}</Mono>} />
        {query.isError ? (
          <ErrorState
            error={apiErrorOf(query.error)}
            title={`Can't show ${reference}.`}
            actions={
              <>
                <Button onClick={() => query.refetch()} icon="again">
                  Try again
                </Button>
                <ButtonLink href="/incidents">All incidents</ButtonLink>
              </>
            }
          />
        ) : (
          <Card>
            <SkeletonRows rows={6} label={`Opening ${reference}`} />
          </Card>
        )}
      </Page>
    );
  }
  const incident = query.data;
  const clock = incident.plan.window?.clock === 'ingested' ? 'ingested' : 'time';
  return (
    <IncidentContext value={{ incident, reference }}>
      <TimelineChoiceProvider planned={{ window: planWindow(incident.plan), clock }}>
        <WorkspaceHeader stage={stage ?? incident.stage} />
        {incident.erased === null ? null : (
          <ErasedNotice
            erased={incident.erased}
            reportHref={stage === 'report' ? null : `/incidents/${reference}/report`}
          />
        )}
        {children}
      </TimelineChoiceProvider>
    </IncidentContext>
  );
}

function useStage(): Stage | undefined {
  const last = usePathname().split('/').at(-1);
  return STAGES.find((stage) => stage === last);
}
