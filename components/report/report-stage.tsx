'use client';

import './print.css';
import { useQuery } from '@tanstack/react-query';
import { SampleReset } from '#components/new-incident/sample-reset';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { DownloadAction, DownloadItem, DownloadList } from '#components/report/download-list';
import { LaterNotice } from '#components/report/later-notice';
import { ReportArticle } from '#components/report/report-article';
import { AsidePart, ReportAside } from '#components/report/report-aside';
import { Shares } from '#components/report/shares';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { Page } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import { incidentPath, useIncident } from '#components/workspace/use-incident.ts';
import type { ReportView } from '#lib/report/report';

/** Stage 6: the report of this incident, its downloads and its share links. */
export function ReportStage() {
  const { incident, reference } = useIncident();
  const path = `${incidentPath(reference)}/report`;
  const query = useQuery({
    queryKey: ['incident', reference, 'report'],
    queryFn: ({ signal }) => getJson<ReportView>(path, { signal }),
    enabled: incident.latestRun?.state === 'done',
    staleTime: 0,
  });
  if (incident.latestRun?.state !== 'done' && query.data === undefined) {
    return (
      <Page>
        <Card>
          <EmptyState
            icon="document"
            title="The report begins with a preview."
            actions={<ButtonLink href={`/incidents/${reference}/preview`}>Go to the preview</ButtonLink>}
          >
            It says what was found, what was changed, how it was checked and who did what.
          </EmptyState>
        </Card>
      </Page>
    );
  }
  if (query.data === undefined) {
    return (
      <Page>
        <Card>
          {query.isError ? (
            <ErrorState
              title="Can't show the report."
              error={apiErrorOf(query.error)}
              actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
            />
          ) : (
            <SkeletonRows rows={6} label="Writing the report" />
          )}
        </Card>
      </Page>
    );
  }
  return (
    <Page>
      <ReportColumns
        article={
          <div className="min-w-0">
            <LaterNotice report={query.data} />
            <ReportArticle report={query.data} allRowsIn="the CSV" />
          </div>
        }
        aside={
          <ReportAside report={query.data}>
            <Downloads path={path} hasRows={query.data.rowsErasedAt === undefined} />
            <AsidePart title="Share" screenOnly>
              <Shares reference={reference} />
            </AsidePart>
          </ReportAside>
        }
        foot={incident.sample ? <SampleReset /> : null}
      />
    </Page>
  );
}

function Downloads({ path, hasRows }: { path: string; hasRows: boolean }) {
  return (
    <AsidePart title="Download" screenOnly>
      <DownloadList>
        <DownloadAction icon="print" note="A4" onPress={() => window.print()}>
          Print or PDF
        </DownloadAction>
        <DownloadItem icon="document" href={`${path}.md`}>
          Markdown
        </DownloadItem>
        <DownloadItem icon="document" href={`${path}.html`}>
          Web page
        </DownloadItem>
        {hasRows ? (
          <>
            <DownloadItem icon="download" href={`${path}.csv`} note="for spreadsheets">
              Corrections, CSV
            </DownloadItem>
            <DownloadItem icon="download" href={`${path}.exact.csv`} note="for programs">
              Corrections, exact
            </DownloadItem>
          </>
        ) : null}
        <DownloadItem icon="download" href={`${path}.json`}>
          Everything, JSON
        </DownloadItem>
      </DownloadList>
    </AsidePart>
  );
}

/** The text in its measure, what is about it beside it; under it where there is no room. */
export function ReportColumns({
  article,
  aside,
  foot = null,
}: {
  article: React.ReactNode;
  aside: React.ReactNode;
  foot?: React.ReactNode;
}) {
  return (
    <div className="mt-3 grid gap-x-12 gap-y-9 pb-10 lg:grid-cols-[minmax(0,760px)_15.5rem] lg:justify-center print:block">
      {article}
      <div className="grid content-start gap-4 self-start max-lg:border-line-2 max-lg:border-t max-lg:pt-5 lg:sticky lg:top-6 print:mt-4">
        {aside}
        {foot === null ? null : <div data-screen-only>{foot}</div>}
      </div>
    </div>
  );
}
