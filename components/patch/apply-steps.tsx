'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isMoving, STEP_WORDS, type StepView, stateWords, stepsOf } from '#components/patch/words.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Pill } from '#components/ui/pill';
import { formatClock, formatDuration } from '#components/ui/time.ts';
import type { PatchView } from '#lib/patch/patch';

/** The steps of the write, with the server's clock. They are the server's: a reload shows the same. */
export function ApplySteps({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const steps = stepsOf(patch);
  const started = patch.progress.length > 0;
  // an unknown outcome says above who asks for it
  const waits = patch.waiting && patch.state !== 'unknown';
  const now = steps.find((step) => step.state === 'now');
  const { word, tone } = stateWords(patch);
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title={started ? 'Steps' : 'What happens next'}
        titleId={titleId}
        actions={started ? <Pill tone={tone}>{word}</Pill> : null}
      />
      <CardBody className="grid gap-2.5">
        <ol>
          {steps.map((step) => (
            <StepRow key={step.step} step={step} />
          ))}
        </ol>
        <p role="status" className={waits ? 'text-pretty text-text-2' : 'sr-only'}>
          {waits
            ? `Waiting for a worker: none is at it right now, and one takes it within a minute. ${started ? 'The steps show how far an earlier one came.' : ''}`
            : now === undefined
              ? word
              : STEP_WORDS[now.step].busy}
        </p>
        {started ? <p className="text-text-3 text-xs">Times in UTC, by the server's clock.</p> : null}
        <Stop patch={patch} />
      </CardBody>
    </Card>
  );
}

function StepRow({ step }: { step: StepView }) {
  const words = STEP_WORDS[step.step];
  const share = step.total > 1 ? `${formatCount(step.done)} of ${formatCount(step.total)}` : '';
  const look = {
    done: 'text-text',
    now: 'font-medium text-text',
    paused: 'text-text-2',
    todo: 'text-text-3',
    stopped: 'text-danger',
  }[step.state];
  return (
    <li className={`grid grid-cols-[1rem_minmax(0,1fr)_auto] items-center gap-x-2.5 py-1.5 ${look}`}>
      <StepMark state={step.state} />
      <span>
        {step.state === 'now' ? words.busy : words.todo}
        {step.state === 'paused' ? ', waiting for a worker' : ''}
        {step.state !== 'stopped' ? '' : step.step === 'commit' ? ', not settled' : ', stopped here'}
        {step.state === 'now' && share !== '' ? (
          <span className="font-normal text-text-3"> {share}</span>
        ) : null}
        <span className="sr-only">
          {{ done: ', done', now: ', now', paused: '', todo: ', waiting', stopped: '' }[step.state]}
        </span>
      </span>
      <span className="text-right text-text-3 text-xs">
        {step.at === null ? null : (
          <>
            <time dateTime={step.at}>{formatClock(step.at).slice(0, 12)}</time>
            {step.elapsedMs === null ? '' : ` · ${formatDuration(step.elapsedMs)}`}
          </>
        )}
      </span>
      {step.state === 'now' && step.total > 1 ? (
        <span
          aria-hidden="true"
          className="col-span-2 col-start-2 mt-1.5 h-1.5 overflow-hidden rounded-full bg-line"
        >
          <span
            className="block h-full rounded-full bg-accent"
            style={{ width: `${(step.done / step.total) * 100}%` }}
          />
        </span>
      ) : null}
    </li>
  );
}

function StepMark({ state }: { state: StepView['state'] }) {
  if (state === 'done') return <Icon name="check" size={14} className="text-ok" />;
  if (state === 'now') return <Icon name="spinner" size={14} className="text-accent" />;
  if (state === 'paused') return <Icon name="clock" size={14} className="text-text-3" />;
  if (state === 'stopped') return <Icon name="cross" size={14} />;
  return (
    <span
      aria-hidden="true"
      className="size-2 justify-self-center rounded-full border-[1.5px] border-line-2"
    />
  );
}

/** Cancelling is offered until the commit; from there on it is said why not. */
function Stop({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const refusal = useMayNot('patch.apply', 'cancel it');
  const cancel = useMutation({
    mutationFn: () => postJson<PatchView>(`${patchPath(patch.id)}/cancel`),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  if (!isMoving(patch.state)) return null;
  if (patch.state === 'committing') {
    return <p className="text-text-2">The commit is under way; it can't be stopped any more.</p>;
  }
  return (
    <>
      <Button
        className="justify-self-start"
        busy={cancel.isPending}
        busyLabel="Rolling back"
        disabledReason={refusal}
        onClick={() => cancel.mutate()}
      >
        Cancel and roll back
      </Button>
      {cancel.isError ? (
        <p role="alert" className="text-danger text-xs">
          {apiErrorOf(cancel.error).message} {apiErrorOf(cancel.error).fix}
        </p>
      ) : null}
    </>
  );
}
