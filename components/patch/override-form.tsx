'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { mayNot, useMe } from '#components/access/use-me.ts';
import { overridesKey, overridesPath, useOverrides } from '#components/patch/use-overrides.ts';
import { BLOCK_NAMES } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Textarea } from '#components/ui/field';
import { Notice } from '#components/ui/states';
import { TimeAt } from '#components/ui/time-text';
import { incidentKey, useIncident } from '#components/workspace/use-incident.ts';
import type { BlockOverride, OverridesView } from '#lib/patch/review';
import type { Block } from '#lib/replay/run';

/** An approver lets a block through with a reason; everyone else reads who could. */
export function OverrideForm({ runId, block }: { runId: string; block: Block }) {
  const me = useMe();
  const cache = useQueryClient();
  const { reference } = useIncident();
  const { view } = useOverrides(runId, [block]);
  const [reason, setReason] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const override = useMutation({
    mutationFn: () => postJson<OverridesView>(overridesPath(runId), { block, reason: reason?.trim() }),
    onSuccess: (now) => {
      cache.setQueryData(overridesKey(runId), now);
      void cache.invalidateQueries({ queryKey: incidentKey(reference) });
    },
  });
  if (view === null) return null;
  const isAuthor = view.authors.some(({ id }) => id === me.id);
  const refusal =
    mayNot(me, 'run.override', 'let it through') ??
    (isAuthor && !view.selfApproval
      ? 'You prepared this preview, so someone else has to let it through.'
      : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (reason !== null && reason.trim() !== '' && !override.isPending) override.mutate();
  };
  if (reason === null) {
    return (
      <div className="flex flex-wrap items-center gap-2 text-text">
        <Button size="sm" disabledReason={refusal} onClick={() => setReason('')}>
          Let it through
        </Button>
        <span className="text-text-2 text-xs">
          {refusal ?? 'With a reason, for this preview alone. It stands in the report.'}
        </span>
      </div>
    );
  }
  return (
    <form onSubmit={submit} noValidate className="grid max-w-xl gap-2 text-text">
      <Textarea
        label="Reason"
        hint="Why the patch may be written all the same. It stands on the review page, in the report and in the ledger."
        error={asked && reason.trim() === '' ? 'Say why it may be written all the same.' : null}
        required
        maxLength={2000}
        value={reason}
        onValueChange={setReason}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" variant="danger" busy={override.isPending} busyLabel="Recording">
          Let {BLOCK_NAMES[block]} through
        </Button>
        <Button size="sm" onClick={() => setReason(null)}>
          Cancel
        </Button>
      </div>
      <ProofOrError error={override.error} onProved={() => override.mutate()} />
    </form>
  );
}

/** A block that stands no more. */
export function OverrideNotice({ override: { block, by, at, reason } }: { override: BlockOverride }) {
  return (
    <Notice tone="warn">
      <p>
        <b className="font-medium">{by}</b> let {BLOCK_NAMES[block]} through, for this preview (
        <TimeAt iso={at} />
        ).
      </p>
      <p className="[overflow-wrap:anywhere]">“{reason}”</p>
    </Notice>
  );
}
