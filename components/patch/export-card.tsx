'use client';

import { useMutation } from '@tanstack/react-query';
import { useId } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { useMayNot } from '#components/access/use-me.ts';
import { patchPath } from '#components/patch/use-patch.ts';
import { isOpen, patchName } from '#components/patch/words.ts';
import { postForFile } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** The other way to write an approved patch: a DBA runs it, and Recount finds it in the ledger. */
export function ExportCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const refusal = useMayNot('patch.apply', 'export it');
  const { liveStore } = useIncident().incident;
  const made = useMutation({
    mutationFn: () => postForFile(`${patchPath(patch.id)}/export.sql`, { seal: patch.seal }),
    onSuccess: (file) => save(file, `${patchName(patch.seal)}-for-dba.sql`),
  });
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
        <Button
          icon="download"
          className="justify-self-start"
          busy={made.isPending}
          busyLabel="Exporting"
          disabledReason={reason}
          onClick={() => made.mutate()}
        >
          Export as SQL for a DBA
        </Button>
        <ProofOrError error={made.error} onProved={() => made.mutate()} />
      </CardBody>
    </Card>
  );
}

/** Hands a file over as a download. */
function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
