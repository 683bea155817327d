'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { needsProof, ProveForm } from '#components/access/prove-form';
import { useMe } from '#components/access/use-me.ts';
import { PatchError } from '#components/patch/patch-error';
import { whyNotApprove, whyNotRequest } from '#components/patch/review-words.ts';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { nounOf, rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { CardBody } from '#components/ui/card';
import { Textarea } from '#components/ui/field';
import type { PatchView } from '#lib/patch/patch';

type Verb = 'approve' | 'request-changes';
const EMPTY: Readonly<Record<Verb, string>> = {
  approve: 'Say on what grounds you approve.',
  'request-changes': 'Say what has to change.',
};

/** Approves exactly the seal that is shown, or sends the patch back, each with a reason. */
export function ReviewForm({ patch }: { patch: PatchView }) {
  const me = useMe();
  const cache = useQueryClient();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState<Verb | null>(null);
  const review = useMutation({
    mutationFn: (verb: Verb) =>
      postJson<PatchView>(`${patchPath(patch.id)}/${verb}`, { seal: patch.seal, reason: reason.trim() }),
    onSuccess: (view) => {
      cache.setQueryData(patchKey(patch.id), view);
      setReason('');
      setAsked(null);
    },
  });
  const waits = patch.state !== 'approved';
  const [writing, setWriting] = useState(false);
  const noApproval = waits ? whyNotApprove(patch, me) : null;
  const noRequest = whyNotRequest(me);
  const press = (verb: Verb) => {
    setAsked(verb);
    if (reason.trim() !== '') review.mutate(verb);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (waits && noApproval === null && !review.isPending) press('approve');
  };
  const isAuthor = patch.authors.some(({ id }) => id === me.id);
  const noun = nounOf(patch);
  return (
    <CardBody>
      <form onSubmit={submit} noValidate className="grid gap-3">
        {noRequest === null && (waits || writing) ? (
          <Textarea
            label="Reason"
            hint={
              waits
                ? 'On what grounds you approve, or what has to change. It stands in the report.'
                : 'What has to change. It stands in the report.'
            }
            error={asked !== null && reason.trim() === '' ? EMPTY[asked] : null}
            required
            maxLength={2000}
            value={reason}
            onValueChange={setReason}
          />
        ) : null}
        <div className="flex flex-wrap gap-2">
          {waits ? (
            <Button
              type="submit"
              variant="primary"
              busy={review.isPending && review.variables === 'approve'}
              busyLabel="Approving"
              disabledReason={noApproval}
            >
              Approve {noun}
            </Button>
          ) : null}
          <Button
            busy={review.isPending && review.variables === 'request-changes'}
            busyLabel="Sending back"
            disabledReason={noRequest}
            onClick={() => (waits || writing ? press('request-changes') : setWriting(true))}
          >
            Request changes
          </Button>
        </div>
        <p className="text-pretty text-text-3 text-xs">
          {noApproval ??
            (waits
              ? `Approves exactly these ${rowsWords(patch)}: the approval is bound to the seal shown here. Nothing is written yet.${isAuthor ? ' You had a hand in them: it is recorded as self-approved.' : ''}`
              : `Requesting changes takes the approval back and sends the ${noun} to its author.`)}
        </p>
        {review.isError ? (
          needsProof(review.error) ? (
            <ProveForm onProved={() => review.mutate(review.variables ?? 'approve')} />
          ) : (
            <div className="-mx-3.5 -mb-3">
              <PatchError
                error={review.error}
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
          )
        ) : null}
      </form>
    </CardBody>
  );
}
