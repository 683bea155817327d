'use client';

import { useSearchParams } from 'next/navigation';
import { useState } from 'react';
import { AuditDetail } from '#components/audit/audit-detail';
import { AuditFilters } from '#components/audit/audit-filters';
import { AuditStandingCard } from '#components/audit/audit-standing';
import { AuditCards, AuditTable } from '#components/audit/audit-table';
import {
  type AuditView,
  auditQuery,
  isFiltered,
  parseAuditView,
  WHOLE_AUDIT,
} from '#components/audit/audit-view.ts';
import { useAuditLines, useAuditStanding } from '#components/audit/use-audit.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Menu, MenuDownload } from '#components/ui/menu';
import { PageHeader } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import { TableFooter } from '#components/ui/table';
import type { AuditLineView } from '#lib/report/audit-view';

/** Everything that anybody did here, and whether the record of it is whole. */
export function AuditScreen() {
  const view = parseAuditView(useSearchParams());
  const standing = useAuditStanding();
  return (
    <>
      <PageHeader size="xl" title="Audit" actions={<ExportMenu view={view} />} />
      {standing.data ? (
        <div className="mb-4">
          <AuditStandingCard standing={standing.data} />
        </div>
      ) : null}
      <AuditFilters view={view} onView={showView} standing={standing.data} />
      <AuditLines view={view} onClear={() => showView(WHOLE_AUDIT)} />
    </>
  );
}

/** The address is the view; typing changes it in place, without a way back for every letter. */
const showView = (view: AuditView): void =>
  window.history.replaceState(null, '', `${window.location.pathname}${auditQuery(view)}`);

function ExportMenu({ view }: { view: AuditView }) {
  const address = (format: string): string => `/api/v1/audit/export${auditQuery(view, { format })}`;
  return (
    <Menu trigger={<Button icon="download">{isFiltered(view) ? 'Export what is shown' : 'Export'}</Button>}>
      <MenuDownload href={address('jsonl')}>JSON lines, to be verified</MenuDownload>
      <MenuDownload href={address('csv')}>CSV, for a spreadsheet</MenuDownload>
    </Menu>
  );
}

/** The list of a view, with more of it on demand, and the detail of one line beside it. */
function AuditLines({ view, onClear }: { view: AuditView; onClear: () => void }) {
  const found = useAuditLines(view);
  const [open, setOpen] = useState<AuditLineView | null>(null);
  const lines = found.data?.pages.flatMap((page) => page.lines);
  const shown = { lines: lines ?? [], open: open?.position ?? null, onOpen: setOpen };
  return (
    <Card aria-label="Entries" aria-busy={found.isPlaceholderData}>
      {lines === undefined ? (
        found.error ? (
          <ErrorState
            title="Can't show the audit."
            error={apiErrorOf(found.error)}
            actions={
              <Button icon="again" busy={found.isFetching} onClick={() => found.refetch()}>
                Try again
              </Button>
            }
          />
        ) : (
          <SkeletonRows label="Reading the audit" />
        )
      ) : lines.length === 0 ? (
        <Nothing view={view} onClear={onClear} />
      ) : (
        <>
          <AuditTable {...shown} />
          <AuditCards {...shown} />
          <TableFooter>
            <span role="status">
              {formatCount(lines.length)} {found.hasNextPage ? 'newest shown' : 'shown, all there are'}
            </span>
            {found.hasNextPage ? (
              <Button
                size="sm"
                busy={found.isFetchingNextPage}
                busyLabel="Reading older ones"
                onClick={() => found.fetchNextPage()}
              >
                Show older ones
              </Button>
            ) : null}
          </TableFooter>
        </>
      )}
      <AuditDetail line={open} onClose={() => setOpen(null)} />
    </Card>
  );
}

function Nothing({ view, onClear }: { view: AuditView; onClear: () => void }) {
  if (!isFiltered(view)) return <EmptyState title="Nothing was done yet." icon="shield" />;
  return (
    <EmptyState
      title="No entry is like that."
      icon="search"
      actions={<Button onClick={onClear}>Show everything</Button>}
    />
  );
}
