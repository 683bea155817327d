'use client';

import { ALL, type RuleDraft, rowsOf } from '#components/policies/policy-draft.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import type { PoliciesView } from '#lib/patch/policies';

const COUNTS = ['1', '2', '3', '4', '5'].map((value) => ({
  value,
  label: value === '1' ? '1 approval' : `${value} approvals`,
}));

type TableProps = {
  rules: readonly RuleDraft[];
  stores: PoliciesView['liveStores'];
  /** Why this person can't change them; null where they can. */
  refusal: string | null;
  onChange: (rules: readonly RuleDraft[]) => void;
};

/** How many approvals a patch needs, by its rows and its live store. */
export function RuleTable({ rules, stores, refusal, onChange }: TableProps) {
  const options = [
    { value: ALL, label: 'Every live store' },
    ...stores.map(({ id, name }) => ({ value: id, label: name })),
  ];
  const add = () =>
    onChange([...rules, { key: crypto.randomUUID(), store: ALL, fromRows: '1000', approvals: '2' }]);
  return (
    <Card labelledBy="rules">
      <CardHeader
        titleId="rules"
        title="How many approvals a patch needs"
        actions={
          <Button size="sm" icon="plus" disabledReason={refusal} onClick={add}>
            Add a rule
          </Button>
        }
      />
      <CardBody className="border-line border-b text-text-2">
        One, by someone who had no hand in it. Where rules fit, the strictest of them counts.
      </CardBody>
      {rules.length === 0 ? (
        <CardBody className="text-text-3">No rules yet.</CardBody>
      ) : (
        <ul className="divide-y divide-line">
          {rules.map((rule, at) => (
            <Rule
              key={rule.key}
              rule={rule}
              name={`Rule ${at + 1}`}
              options={options}
              refusal={refusal}
              onChange={(part) =>
                onChange(rules.map((one) => (one.key === rule.key ? { ...one, ...part } : one)))
              }
              onRemove={() => onChange(rules.filter(({ key }) => key !== rule.key))}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

type RuleProps = {
  rule: RuleDraft;
  name: string;
  options: { value: string; label: string }[];
  /** Why this person can't change them; null where they can. */
  refusal: string | null;
  onChange: (part: Partial<RuleDraft>) => void;
  onRemove: () => void;
};

function Rule({ rule, name, options, refusal, onChange, onRemove }: RuleProps) {
  return (
    <li className="flex flex-wrap items-end gap-2.5 px-3.5 py-2.5">
      <SelectField
        label={`${name}: live store`}
        className="min-w-40 flex-1"
        options={options}
        value={rule.store}
        disabled={refusal !== null}
        onValueChange={(store) => onChange({ store })}
      />
      <TextField
        label={`${name}: from so many rows`}
        className="w-40"
        suffix="rows"
        inputMode="numeric"
        value={rule.fromRows}
        disabled={refusal !== null}
        onValueChange={(fromRows) => onChange({ fromRows })}
        error={rowsOf(rule.fromRows) === null ? 'A whole number from 1.' : null}
      />
      <SelectField
        label={`${name}: needs`}
        className="w-36"
        options={COUNTS}
        value={rule.approvals}
        disabled={refusal !== null}
        onValueChange={(approvals) => onChange({ approvals })}
      />
      <Button disabledReason={refusal} aria-label={`Remove ${name.toLowerCase()}`} onClick={onRemove}>
        Remove
      </Button>
    </li>
  );
}
