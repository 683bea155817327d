'use client';

import './print.css';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { DownloadAction, DownloadList } from '#components/report/download-list';
import { ReportArticle } from '#components/report/report-article';
import { AsidePart, ReportAside } from '#components/report/report-aside';
import { ReportColumns } from '#components/report/report-stage';
import { Button } from '#components/ui/button';
import { TallyMark } from '#components/ui/icon';
import { SkeletonRows } from '#components/ui/loading';
import { EmptyState, ErrorState } from '#components/ui/states';
import { minuteText } from '#components/ui/time.ts';
import type { Report } from '#lib/report/report';

/** The token stands after `#`: it never reaches a server's log, a proxy or a referrer. */
function useToken(): string | null {
  return useSyncExternalStore<string | null>(
    (changed) => {
      addEventListener('hashchange', changed);
      return () => removeEventListener('hashchange', changed);
    },
    () => location.hash.slice(1),
    () => null,
  );
}

/** A report as its link gives it: no sign-in, nothing live, nothing to press but print and save. */
export function SharedReport() {
  const token = useToken();
  const query = useQuery({
    queryKey: ['shared-report', token],
    queryFn: ({ signal }) => postJson<Report>('/api/v1/shared', { token }, { signal }),
    enabled: token !== null && token !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const report = query.data ?? null;
  return (
    <>
      <header
        data-screen-only
        className="sticky top-0 z-10 flex h-[52px] items-center gap-2.5 border-line border-b bg-surface px-3.5 md:px-6"
      >
        <TallyMark className="text-accent" />
        <span className="font-semibold text-md">Recount</span>
        {report === null ? null : (
          <>
            <span className="min-w-0 truncate text-text-3 text-xs max-sm:hidden">
              Shared report, read only, as of {minuteText(report.madeAt)}
            </span>
            <span className="ml-auto">
              <Button icon="print" onClick={() => window.print()}>
                Print
              </Button>
            </span>
          </>
        )}
      </header>
      <main id="main" className="px-4 pt-4 md:px-6">
        {token === '' ? (
          <>
            <h1 className="sr-only">This link is not complete</h1>
            <EmptyState icon="link" title="This link is not complete.">
              A share link ends in a long code after <code>#</code>. Copy the whole of it.
            </EmptyState>
          </>
        ) : query.isError ? (
          <Refused error={query.error} retry={() => void query.refetch()} />
        ) : report === null ? (
          <SkeletonRows rows={6} label="Opening the report" />
        ) : (
          <ReportColumns
            article={<ReportArticle report={report} />}
            aside={
              <ReportAside report={report}>
                <AsidePart title="Download" screenOnly>
                  <DownloadList>
                    <DownloadAction icon="print" note="A4" onPress={() => window.print()}>
                      Print or PDF
                    </DownloadAction>
                    <DownloadAction icon="download" onPress={() => save(report)}>
                      Everything, JSON
                    </DownloadAction>
                  </DownloadList>
                </AsidePart>
              </ReportAside>
            }
          />
        )}
      </main>
    </>
  );
}

function Refused({ error, retry }: { error: Error; retry: () => void }) {
  const told = apiErrorOf(error);
  if (told.code === 'share.expired' || told.code === 'not_found') {
    return (
      <>
        <h1 className="sr-only">This link does not work</h1>
        <ErrorState
          title={
            told.code === 'share.expired' ? 'This link expired or was revoked.' : 'This link leads nowhere.'
          }
          error={{ message: 'Ask the operator who sent it for a new one.' }}
        />
      </>
    );
  }
  return (
    <>
      <h1 className="sr-only">The report can't be opened</h1>
      <ErrorState
        title="Can't open the report."
        error={told}
        actions={<Button onClick={retry}>Try again</Button>}
      />
    </>
  );
}

/** Saves the document that this page was made from. */
function save(report: Report): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${report.incident ?? 'recovery'}-report.json`;
  link.click();
  URL.revokeObjectURL(url);
}
