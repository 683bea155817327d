'use client';

import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { patchPath } from '#components/patch/use-patch.ts';
import { isOpen, patchName } from '#components/patch/words.ts';
import { Button, DownloadLink } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** The other way to write an approved patch: a DBA runs it, and Recount finds it in the ledger. */
export function ExportCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const refusal = useMayNot('patch.apply', 'export it');
  const { liveStore } = useIncident().incident;
  // an undo is written by Recount alone
  if (liveStore?.kind !== 'postgres' || patch.kind === 'undo' || !isOpen(patch.state)) return null;
  const reason =
    patch.blockedBy.length > 0
      ? 'Something blocks this patch; it is listed in its review.'
      : patch.state !== 'approved'
        ? 'The patch has to be approved first.'
        : refusal;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="Written by a DBA" titleId={titleId} />
      <CardBody className="grid gap-3">
        <p className="text-pretty text-text-2">
          One guarded file for <code>psql</code>: the same transaction with its ledger row. Run by whoever
          may, Recount finds it in the ledger within ten minutes and goes on from there. Run twice, it writes
          once.
        </p>
        {reason === null ? (
          <DownloadLink
            className="justify-self-start"
            href={`${patchPath(patch.id)}/export.sql`}
            download={`${patchName(patch.seal)}-for-dba.sql`}
          >
            Export as SQL for a DBA
          </DownloadLink>
        ) : (
          <Button icon="download" className="justify-self-start" disabledReason={reason}>
            Export as SQL for a DBA
          </Button>
        )}
      </CardBody>
    </Card>
  );
}
