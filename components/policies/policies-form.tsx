'use client';

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { needsProof, ProveForm } from '#components/access/prove-form';
import {
  changeOf,
  draftOf,
  hoursOf,
  minutesOf,
  type PolicyDraft,
} from '#components/policies/policy-draft.ts';
import { RuleTable } from '#components/policies/rule-table';
import { ApiError, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Checkbox } from '#components/ui/choice';
import { TextField } from '#components/ui/field';
import { Notice } from '#components/ui/states';
import type { PoliciesView } from '#lib/patch/policies';

type FormProps = {
  policies: PoliciesView;
  /** Why this person can't change them; null where they can. */
  refusal: string | null;
  onSaved: (view: PoliciesView) => void;
  onReload: () => void;
};

export function PoliciesForm({ policies, refusal, onSaved, onReload }: FormProps) {
  const [draft, setDraft] = useState<PolicyDraft>(() => draftOf(policies));
  const change = changeOf(draft, policies.revision);
  const isSame = JSON.stringify(draft) === JSON.stringify(draftOf(policies));
  const save = useMutation({
    mutationFn: () => postJson<PoliciesView>('/api/v1/policies', change, { method: 'PUT' }),
    onSuccess: onSaved,
  });
  const set = (part: Partial<PolicyDraft>) => setDraft((now) => ({ ...now, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (refusal === null && change !== null && !isSame && !save.isPending) save.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="grid gap-4">
      <RuleTable
        rules={draft.rules}
        stores={policies.liveStores}
        refusal={refusal}
        onChange={(rules) => set({ rules })}
      />
      <Times draft={draft} may={refusal === null} onChange={set} />
      <SelfApproval policies={policies} draft={draft} may={refusal === null} onChange={set} />
      <div className="grid gap-2">
        {needsProof(save.error) ? (
          <ProveForm onProved={() => save.mutate()} />
        ) : (
          <ErrorLine error={save.error} />
        )}
        <div className="flex flex-wrap gap-2">
          <Button
            type="submit"
            variant="primary"
            busy={save.isPending}
            busyLabel="Saving"
            disabledReason={refusal ?? (isSame ? 'Nothing was changed.' : null)}
          >
            Save policies
          </Button>
          {save.error instanceof ApiError && save.error.code === 'conflict' ? (
            <Button onClick={onReload}>Reload</Button>
          ) : null}
        </div>
        <p role="status" className="text-text-3 text-xs">
          {save.isSuccess && isSame ? 'Saved.' : ''}
        </p>
      </div>
    </form>
  );
}

type PartProps = { draft: PolicyDraft; may: boolean; onChange: (part: Partial<PolicyDraft>) => void };

function Times({ draft, may, onChange }: PartProps) {
  return (
    <Card labelledBy="times">
      <CardHeader titleId="times" title="How long it counts" />
      <CardBody className="grid gap-3.5 sm:grid-cols-2">
        <TextField
          label="An approval counts for"
          suffix="hours"
          inputMode="numeric"
          hint="Then it has to be given again, if the patch was not applied."
          value={draft.approvalHours}
          disabled={!may}
          onValueChange={(approvalHours) => onChange({ approvalHours })}
          error={hoursOf(draft.approvalHours) === null ? 'A whole number from 1 to 720.' : null}
        />
        <TextField
          label="Password or passkey counts for"
          suffix="minutes"
          inputMode="numeric"
          hint="For approving, applying and changing policies. 0: each time anew."
          value={draft.proofMinutes}
          disabled={!may}
          onValueChange={(proofMinutes) => onChange({ proofMinutes })}
          error={minutesOf(draft.proofMinutes) === null ? 'A whole number from 0 to 720.' : null}
        />
      </CardBody>
    </Card>
  );
}

function SelfApproval({ policies, draft, may, onChange }: PartProps & { policies: PoliciesView }) {
  const locked = !policies.alone && !policies.selfApproval;
  return (
    <Card labelledBy="self">
      <CardHeader titleId="self" title="Working alone" />
      <CardBody>
        <Checkbox
          label="One person may approve their own patch"
          hint={
            locked
              ? 'More than one person works here: someone else can approve.'
              : 'It is recorded as self-approved, in the report and in the ledger too.'
          }
          checked={draft.selfApproval}
          disabled={!may || (locked && !draft.selfApproval)}
          onCheckedChange={(selfApproval) => onChange({ selfApproval })}
        />
      </CardBody>
      {policies.selfApproval && !policies.alone ? (
        <Notice tone="warn">
          It is allowed and counts for nothing: more than one person is active. Self-approvals that were given
          are void.
        </Notice>
      ) : null}
    </Card>
  );
}
