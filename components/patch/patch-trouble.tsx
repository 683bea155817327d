'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { rowsWords } from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card, CardBody } from '#components/ui/card';
import { CopyButton } from '#components/ui/copy-button';
import { countOf } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

const SHOWN_ROWS = 50;

/** An apply that did not end well: what happened, whether anything was written, and what to do. */
export function PatchTrouble({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  const again = (
    <ButtonLink variant="primary" href={`/incidents/${reference}/preview`}>
      Preview again
    </ButtonLink>
  );
  if (patch.state === 'unknown') return <Unknown patch={patch} />;
  if (patch.state === 'stale') {
    const rows = patch.error?.rows ?? [];
    return (
      <Trouble
        title={
          rows.length === 0
            ? 'Live rows changed since the preview. Nothing was written.'
            : `${countOf(rows.length, 'row', 'rows')} changed since the preview. Nothing was written.`
        }
        actions={again}
      >
        <p>Someone else wrote these rows meanwhile. A new preview starts from what they hold now.</p>
        <RowNames rows={rows} />
      </Trouble>
    );
  }
  if (patch.state === 'approved' && patch.error !== null) {
    return (
      <BoxedNotice tone="warn" role="status">
        {patch.error.message} Nothing was written, and the approval stands. {patch.error.fix}
      </BoxedNotice>
    );
  }
  if (patch.state === 'failed') {
    const { message = 'The apply failed.', fix = '', code = '' } = patch.error ?? {};
    return (
      <Trouble
        title={message}
        actions={
          <>
            {again}
            <CopyButton text={`${code}: ${message} ${fix}`} label="Copy error" variant="default" size="md" />
          </>
        }
      >
        <p>Everything was rolled back: no row of this patch was written. {fix}</p>
        {code ? <code className="text-text-3 text-xs">{code}</code> : null}
        <RowNames rows={patch.error?.rows ?? []} />
      </Trouble>
    );
  }
  return null;
}

function Trouble({ title, actions, children }: { title: string; actions: ReactNode; children: ReactNode }) {
  const titleId = useId();
  return (
    <Card labelledBy={titleId} className="border-danger-line">
      <CardBody className="flex gap-3">
        <span className="grid size-8 flex-none place-items-center rounded-full bg-danger-soft text-danger">
          <Icon name="warning" />
        </span>
        <div className="grid min-w-0 flex-1 gap-2 pt-1">
          <h2 id={titleId} className="text-pretty font-semibold text-md [overflow-wrap:anywhere]">
            {title}
          </h2>
          <div className="grid gap-2 text-pretty text-text-2">{children}</div>
          <div className="mt-1 flex flex-wrap gap-2">{actions}</div>
        </div>
      </CardBody>
    </Card>
  );
}

function RowNames({ rows }: { rows: readonly string[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <ul
        aria-label="Rows"
        className="relative max-h-48 overflow-y-auto rounded-control border border-line px-3 py-1.5 font-mono text-[0.94em] text-text"
      >
        {rows.slice(0, SHOWN_ROWS).map((row) => (
          <li key={row} className="py-0.5 [overflow-wrap:anywhere]">
            {row}
          </li>
        ))}
      </ul>
      {rows.length > SHOWN_ROWS ? (
        <p className="text-text-3 text-xs">
          The first {SHOWN_ROWS} of {countOf(rows.length, 'row', 'rows')}.
        </p>
      ) : null}
    </>
  );
}

function Unknown({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const check = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/apply`, { seal: patch.seal, confirm: patch.target }),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const error = check.isError ? apiErrorOf(check.error) : null;
  return (
    <Trouble
      title="We don't know yet whether the database committed."
      actions={
        <Button
          variant="primary"
          icon="again"
          busy={check.isPending}
          busyLabel="Checking"
          onClick={() => check.mutate()}
        >
          Check again
        </Button>
      }
    >
      <p>
        The connection was lost at the commit. Checking asks the ledger in the database itself: if the patch
        is there, it is applied; if not, these {rowsWords(patch)} are written now, once, as approved. It is
        never written twice.
      </p>
      {error ? (
        <p role="alert" className="text-danger">
          {error.message} {error.fix}
        </p>
      ) : null}
    </Trouble>
  );
}
