'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { ApiError, postJson } from '#components/query/api.ts';
import {
  changeOf,
  daysOf,
  draftOf,
  isSameDraft,
  KIND_WORDS,
  type RetentionDraft,
  type RuleDraft,
} from '#components/retention/retention-draft.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import { KEPT_KINDS, type KeptKind, LONGEST_DAYS, type RetentionView } from '#lib/incident/retention';

type FormProps = {
  view: RetentionView;
  /** Why this person can't change it; null where they can. */
  refusal: string | null;
  onSaved: (view: RetentionView) => void;
  onReload: () => void;
};

/** A rule for each kind of what is kept; all are saved together. */
export function RetentionForm({ view, refusal, onSaved, onReload }: FormProps) {
  const [draft, setDraft] = useState<RetentionDraft>(() => draftOf(view));
  const change = changeOf(draft, view.revision);
  const isSame = isSameDraft(draft, draftOf(view));
  const save = useMutation({
    mutationFn: () => postJson<RetentionView>('/api/v1/retention', change, { method: 'PUT' }),
    onSuccess: onSaved,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (refusal === null && change !== null && !isSame && !save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Card labelledBy="rules">
        <CardHeader titleId="rules" title="How long it stays" />
        <ul className="divide-y divide-line">
          {KEPT_KINDS.map((kind) => (
            <Rule
              key={kind}
              kind={kind}
              rule={draft[kind]}
              may={refusal === null}
              onChange={(part) => setDraft((now) => ({ ...now, [kind]: { ...now[kind], ...part } }))}
            />
          ))}
        </ul>
        <CardBody className="grid gap-2 border-line border-t">
          <ProofOrError error={save.error} onProved={() => save.mutate()} />
          <div className="flex flex-wrap items-center gap-2">
            <Button
              type="submit"
              variant="primary"
              busy={save.isPending}
              busyLabel="Saving"
              disabledReason={
                refusal ??
                (change === null ? 'Correct the days first.' : isSame ? 'Nothing was changed.' : null)
              }
            >
              Save retention
            </Button>
            {save.error instanceof ApiError && save.error.code === 'conflict' ? (
              <Button onClick={onReload}>Reload</Button>
            ) : null}
            <p className="text-text-3 text-xs">
              Removed once an hour, and told in the audit. Frozen reports and the audit are never removed.
            </p>
          </div>
        </CardBody>
      </Card>
    </form>
  );
}

const WHEN = [
  { value: 'kept', label: 'Keep until erased' },
  { value: 'days', label: 'Remove after' },
] as const;

type RuleProps = {
  kind: KeptKind;
  rule: RuleDraft;
  may: boolean;
  onChange: (part: Partial<RuleDraft>) => void;
};

function Rule({ kind, rule, may, onChange }: RuleProps) {
  const { title, hint } = KIND_WORDS[kind];
  return (
    <li className="grid items-start gap-x-6 gap-y-2 px-3.5 py-3 sm:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <p className="text-pretty text-text-3 text-xs">{hint}</p>
      </div>
      <div className="flex min-w-0 flex-wrap items-start gap-2">
        <SelectField
          label={`${title}: when it goes`}
          hideLabel
          className="w-44"
          options={WHEN}
          value={rule.isKept ? 'kept' : 'days'}
          disabled={!may}
          onValueChange={(when) => onChange({ isKept: when === 'kept' })}
        />
        {rule.isKept ? null : (
          <TextField
            label={`${title}: days`}
            hideLabel
            className="w-28"
            suffix="days"
            inputMode="numeric"
            value={rule.days}
            disabled={!may}
            onValueChange={(days) => onChange({ days })}
            error={daysOf(rule.days) === null ? `From 1 to ${LONGEST_DAYS}.` : null}
          />
        )}
      </div>
    </li>
  );
}
