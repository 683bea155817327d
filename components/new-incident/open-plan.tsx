'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { type PlanProblem, planProblems } from '#components/new-incident/plan-problems.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import { countOf } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import type { IncidentView } from '#lib/incident/incident';

/** Opens a plan file: chosen or pasted. What is wrong with it is shown by its lines; a right one becomes a draft. */
export function OpenPlan() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="document" onClick={() => setOpen(true)}>
        Open a plan file
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        size="lg"
        title="Open a plan file"
        description="A recovery plan in YAML or JSON becomes an incident. Its archive must lie in a folder that this server may read; a database is chosen afterwards."
      >
        <PlanForm />
      </Dialog>
    </>
  );
}

function PlanForm() {
  const router = useRouter();
  const cache = useQueryClient();
  const [text, setText] = useState('');
  const file = useRef<HTMLInputElement>(null);
  const send = useMutation({
    mutationFn: (plan: string) => postJson<IncidentView>('/api/v1/incidents/from-plan', { text: plan }),
    onSuccess: (view) => {
      void cache.invalidateQueries({ queryKey: ['incidents'] });
      router.push(`/incidents/new?incident=INC-${view.number}`);
    },
  });
  const take = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    const read = await chosen.text();
    setText(read);
    send.mutate(read);
  };
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button icon="folder" onClick={() => file.current?.click()}>
          Choose a file
        </Button>
        <span className="text-text-3">or paste its text.</span>
        <input
          ref={file}
          type="file"
          accept=".yaml,.yml,.json"
          hidden
          aria-label="Plan file"
          onChange={(event) => {
            void take(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
      </div>
      {send.isError ? <Problems problems={planProblems(apiErrorOf(send.error))} /> : null}
      <Textarea
        label="Plan"
        mono
        rows={12}
        spellCheck={false}
        autoCapitalize="off"
        placeholder={'recount: 1\ntitle: Totals worker dropped events\narchive:\n  at: …'}
        value={text}
        onValueChange={setText}
      />
      <Button
        variant="primary"
        className="justify-self-end max-md:justify-self-stretch"
        busy={send.isPending}
        busyLabel="Checking"
        disabledReason={text.trim() === '' ? 'Choose or paste a plan first.' : null}
        onClick={() => send.mutate(text)}
      >
        Open as incident
      </Button>
    </div>
  );
}

function Problems({ problems }: { problems: readonly PlanProblem[] }) {
  return (
    <BoxedNotice tone="danger" role="alert">
      <p className="font-medium">
        {problems.length === 1
          ? 'Nothing was opened.'
          : `${countOf(problems.length, 'problem', 'problems')}. Nothing was opened.`}
      </p>
      <ul className="mt-1.5 grid gap-1.5">
        {problems.map(({ message, fix, line, column }) => (
          <li key={`${line} ${column} ${message}`} className="grid gap-x-3 md:grid-cols-[8rem_minmax(0,1fr)]">
            <Mono>{line === null ? 'the plan' : `line ${line}:${column ?? 1}`}</Mono>
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {message} {fix}
            </span>
          </li>
        ))}
      </ul>
    </BoxedNotice>
  );
}
