'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMayNot } from '#components/access/use-me.ts';
import { PatchError } from '#components/patch/patch-error';
import { Trouble } from '#components/patch/trouble';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { nounOf, rowsWords } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import type { PatchView } from '#lib/patch/patch';

/** The connection was lost at the commit: what is known, what is being done, and asking at once. */
export function UnknownOutcome({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const refusal = useMayNot('patch.apply', 'ask again at once');
  const ask = useMutation({
    mutationFn: () =>
      postJson<PatchView>(`${patchPath(patch.id)}/apply`, { seal: patch.seal, confirm: patch.target }),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  return (
    <Trouble
      title="We don't know yet whether the database committed."
      actions={
        <Button
          variant="primary"
          icon="again"
          busy={ask.isPending}
          busyLabel="Asking"
          disabledReason={refusal}
          onClick={() => ask.mutate()}
        >
          Ask again now
        </Button>
      }
    >
      <p>
        The connection was lost at the commit. Recount asks the ledger in the database itself, every minute,
        until it answers: if this {nounOf(patch)} is there, it is written; if not, these {rowsWords(patch)}{' '}
        are written then, once, as approved. Never twice.
      </p>
      <p role="status">
        {patch.waiting ? 'No worker is asking at this moment; the next one does.' : 'A worker is asking now.'}
        {patch.error === null ? '' : ` The last answer: ${patch.error.message}`}
      </p>
      {ask.isError ? <PatchError error={ask.error} /> : null}
    </Trouble>
  );
}
