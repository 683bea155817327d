'use client';

import { useMayNot } from '#components/access/use-me.ts';
import { errorLine, useCancelRun } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { classes } from '#components/ui/classes.ts';
import { useNow } from '#components/ui/clock.ts';
import { formatBytes, formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Progress as ProgressBar } from '#components/ui/loading';
import { Notice } from '#components/ui/states';
import { formatDuration } from '#components/ui/time.ts';
import { TimeAgo } from '#components/ui/time-text';
import { type Progress, RUN_STEPS, type RunStep, type RunView } from '#lib/replay/run';

const STEPS: Readonly<Record<RunStep, string>> = {
  list: 'List the files of the archive',
  read: 'Read the events',
  affected: 'Find the affected rows',
  recalculate: 'Recalculate them',
  live: 'Read the live rows',
  compare: 'Compare',
  seal: 'Seal the correction',
};

/** A preview under way: where it is, what is done, and a way to stop it. */
export function RunProgress({ run }: { run: RunView }) {
  const cancel = useCancelRun();
  const refusal = useMayNot('run.change', 'cancel it');
  const now = useNow();
  const { progress } = run;
  const at = progress === null ? -1 : RUN_STEPS.indexOf(progress.step);
  const elapsedMs = run.startedAt === null || now === null ? null : now - Date.parse(run.startedAt);
  return (
    <Card labelledBy="run-progress">
      <CardHeader
        title={run.state === 'queued' ? 'Waiting to start' : 'Preview running'}
        titleId="run-progress"
        meta={
          <span>
            Asked for by {run.createdBy} <TimeAgo iso={run.createdAt} />
            {elapsedMs !== null && elapsedMs > 1000 ? `, running for ${formatDuration(elapsedMs)}` : ''}
          </span>
        }
        actions={
          <Button
            busy={cancel.isPending || cancel.isSuccess}
            busyLabel="Cancelling"
            disabledReason={refusal}
            onClick={() => cancel.mutate(run.id)}
          >
            Cancel
          </Button>
        }
      />
      {cancel.isError ? (
        <Notice tone="danger" role="alert">
          {errorLine(cancel.error)}
        </Notice>
      ) : null}
      <CardBody className="grid gap-4 py-4">
        <ProgressBar
          label={progress?.words ?? 'Waiting for the worker.'}
          done={progress?.done ?? 0}
          total={progress?.total ?? null}
          {...(progress === null ? {} : { words: amount(progress) })}
        />
        <ol className="grid gap-1.5">
          {RUN_STEPS.map((step, index) => (
            <li
              key={step}
              aria-current={index === at ? 'step' : undefined}
              className={classes('flex items-center gap-2', index > at ? 'text-text-3' : 'text-text')}
            >
              <span className="grid size-4 flex-none place-items-center">
                {index < at ? (
                  <Icon name="check" size={14} className="text-ok" />
                ) : index === at ? (
                  <Icon name="spinner" size={14} className="text-accent" />
                ) : (
                  <span className="size-1.5 rounded-full bg-line-2" />
                )}
              </span>
              {STEPS[step]}
              <span className="sr-only">{index < at ? ', done' : index === at ? ', now' : ', waiting'}</span>
            </li>
          ))}
        </ol>
        <p className="text-text-3 text-xs">
          It runs on the server: the page may be closed meanwhile. Nothing is written.
        </p>
      </CardBody>
    </Card>
  );
}

/** `412,000 of 621,068 events`. */
function amount({ done, total, unit }: Progress): string {
  if (unit === 'percent') return `${Math.floor(done)}%`;
  const shown = (count: number): string => (unit === 'bytes' ? formatBytes(count) : formatCount(count));
  const name = unit === 'bytes' ? '' : ` ${unit}`;
  return total === null ? `${shown(done)}${name}` : `${shown(done)} of ${shown(total)}${name}`;
}
