'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { PatchError } from '#components/patch/patch-error';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { nounOf, rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Avatar } from '#components/ui/avatar';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Textarea } from '#components/ui/field';
import { Tag } from '#components/ui/pill';
import { Notice } from '#components/ui/states';
import { formatTime } from '#components/ui/time.ts';
import type { PatchView } from '#lib/patch/patch';

const valid = (patch: PatchView) =>
  patch.state === 'expired' ? [] : patch.approvals.filter((one) => one.voidedBecause === null);

/** Who prepared it, who approved it and on what grounds, and the approval itself. */
export function ApprovalCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const given = valid(patch).length;
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Approval"
        titleId={titleId}
        actions={
          <span className="text-text-3 text-xs">
            {given} of {patch.approvalsNeeded} needed
          </span>
        }
      />
      <Person
        name={patch.author}
        did={patch.undoes === null ? 'prepared the patch' : `asked to put patch ${patch.undoes.number} back`}
        at={patch.createdAt}
      >
        {patch.undoes === null ? null : <Grounds>{patch.undoes.reason}</Grounds>}
      </Person>
      {patch.approvals.map((one) => (
        <Person
          key={`${one.approver} ${one.at}`}
          name={one.approver}
          did={
            one.voidedBecause !== null
              ? 'approved, no longer valid'
              : patch.state === 'expired'
                ? 'approved, expired'
                : 'approved'
          }
          at={one.at}
          tag={one.selfApproved ? 'self-approved' : undefined}
        >
          <Grounds>{one.reason}</Grounds>
          {one.voidedBecause === null ? null : (
            <p className="mt-1.5 text-warn">This approval was voided: {one.voidedBecause}</p>
          )}
        </Person>
      ))}
      {patch.state === 'proposed' || patch.state === 'expired' ? <ApproveForm patch={patch} /> : null}
      {given > 0 && patch.state === 'approved' ? (
        <Notice tone="ok" icon="shield">
          The {nounOf(patch)} is unchanged since approval. Any change makes a new seal, which asks for a new
          approval.
        </Notice>
      ) : null}
    </Card>
  );
}

const Grounds = ({ children }: { children: string }) => (
  <blockquote className="mt-1.5 border-line-2 border-l-2 pl-2.5 text-text-2 [overflow-wrap:anywhere]">
    {children}
  </blockquote>
);

type PersonProps = { name: string; did: string; at: string; tag?: string | undefined; children?: ReactNode };

function Person({ name, did, at, tag, children }: PersonProps) {
  return (
    <div className="flex gap-2.5 border-line border-b px-3.5 py-2.5 last:border-b-0">
      <Avatar name={name} size="lg" decorative />
      <div className="min-w-0 flex-1">
        <p className="text-text-2">
          <b className="font-medium text-text">{name}</b> {did} {tag ? <Tag tone="warn">{tag}</Tag> : null}
        </p>
        <p className="text-text-3 text-xs">
          <time dateTime={at}>{formatTime(at)}</time>
        </p>
        {children}
      </div>
    </div>
  );
}

function ApproveForm({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const approve = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/approve`, { seal: patch.seal, reason: reason.trim() }),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const blocked = patch.blockedBy.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() !== '' && !blocked) approve.mutate();
  };
  return (
    <CardBody>
      <form onSubmit={submit} noValidate className="grid gap-3">
        <p className="text-pretty text-text-2">
          You {patch.kind === 'undo' ? 'asked for this undo' : 'prepared this patch'}. Until people are set
          up, approving it yourself is recorded as self-approved.
        </p>
        <Textarea
          label="Reason"
          hint="On what grounds you approve. It stands in the report and in the ledger."
          error={asked && reason.trim() === '' ? 'Say on what grounds you approve.' : null}
          required
          maxLength={2000}
          value={reason}
          onValueChange={setReason}
        />
        <Button
          type="submit"
          variant="primary"
          busy={approve.isPending}
          busyLabel="Approving"
          disabledReason={blocked ? 'Something blocks this patch; it is listed on this page.' : null}
        >
          Approve {nounOf(patch)}
        </Button>
        <p className="text-pretty text-text-3 text-xs">
          Approves exactly these {rowsWords(patch)}: the approval is bound to the seal shown here. Nothing is
          written yet.
        </p>
        {approve.isError ? (
          <div className="-mx-3.5 -mb-3">
            <PatchError
              error={approve.error}
              actions={
                <Button
                  size="sm"
                  onClick={() => void cache.invalidateQueries({ queryKey: patchKey(patch.id) })}
                >
                  Reload
                </Button>
              }
            />
          </div>
        ) : null}
      </form>
    </CardBody>
  );
}
