'use client';

import { type FormEvent, useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Refusal } from '#components/calculations/refusal';
import { useChange } from '#components/calculations/use-calculations.ts';
import { decidingTest, testWords, whyNotPublished } from '#components/calculations/words.ts';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { Button } from '#components/ui/button';
import { Textarea } from '#components/ui/field';
import { useToast } from '#components/ui/toast';
import { type CalculationView, type EditionView, isClean } from '#lib/calculation/edition';

/** Publishes a draft that was tested; where the test run was not clean, with a reason. */
export function PublishForm({ view, draft }: { view: CalculationView; draft: EditionView }) {
  const refusal = useMayNot('calculation.publish', 'publish it');
  const { notify } = useToast();
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const publish = useChange(view.id, () =>
    notify({ title: `Edition ${draft.number} of ${view.name} is published`, tone: 'ok' }),
  );
  const wait = whyNotPublished(draft, view.editions);
  const test = decidingTest(draft);
  const needsReason = wait === null && test?.result != null && !isClean(test.result);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (needsReason && reason.trim() === '') return;
    publish.mutate({ path: '/publish', body: { sha256: draft.sha256, reason: needsReason ? reason : '' } });
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-3">
      <p className="text-text-2">
        A published edition never changes. Incidents can take it, and say so in their report.
      </p>
      {needsReason && test !== null ? (
        <>
          <BoxedNotice tone="warn">
            The test run does not speak for it: {testWords(test).text.toLowerCase()}. Publish it only if you
            know why.
          </BoxedNotice>
          <Textarea
            label="Reason"
            hint="It stays with the edition."
            error={asked && reason.trim() === '' ? 'Say why it is published as it is.' : null}
            required
            maxLength={2000}
            value={reason}
            onValueChange={setReason}
          />
        </>
      ) : null}
      <Refusal error={publish.error} />
      <Button
        type="submit"
        variant="primary"
        className="justify-self-start"
        busy={publish.isPending}
        busyLabel="Publishing"
        disabledReason={refusal ?? wait}
      >
        Publish edition {draft.number}
      </Button>
    </form>
  );
}
