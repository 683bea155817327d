'use client';

import { type RefObject, useRef, useState } from 'react';
import { type AuditView, instantOf, isFiltered, typedOf, WHOLE_AUDIT } from '#components/audit/audit-view.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import { useTypedText } from '#components/ui/use-typed-text.ts';
import type { AuditStanding } from '#lib/report/audit-view';

type AuditFiltersProps = {
  view: AuditView;
  onView: (view: AuditView) => void;
  /** Undefined until it is known: then only what is chosen can be seen. */
  standing: AuditStanding | undefined;
};

/** By whom, what, when and where: each narrows the list as it is chosen. */
export function AuditFilters({ view, onView, standing }: AuditFiltersProps) {
  const set = (change: Partial<AuditView>) => onView({ ...view, ...change });
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  return (
    <search className="mb-3 grid grid-cols-2 items-start gap-2 md:flex md:flex-wrap">
      <SelectField
        label="Who"
        className="md:w-44"
        options={withAll('Everyone', actorsOf(view, standing))}
        value={view.actor || ALL}
        onValueChange={(actor) => set({ actor: actor === ALL ? '' : actor })}
      />
      <SelectField
        label="What"
        className="md:w-60"
        options={withAll('Everything', actionsOf(view, standing))}
        value={view.action || ALL}
        onValueChange={(action) => set({ action: action === ALL ? '' : action })}
      />
      <TypedField
        label="Incident"
        placeholder="INC-12"
        className="max-md:col-span-2 md:w-24"
        value={view.incident}
        onValue={(incident) => set({ incident })}
      />
      <TimeField label="From, UTC" value={view.from} onValue={(from) => set({ from })} />
      <TimeField label="To, UTC" value={view.to} onValue={(to) => set({ to })} />
      <TypedField
        label="Text"
        icon="search"
        placeholder="Seal, patch, reason, address"
        className="max-md:col-span-2 md:min-w-52 md:flex-1"
        value={view.text}
        onValue={(text) => set({ text })}
        inputRef={search}
      />
      {isFiltered(view) ? (
        <Button
          variant="ghost"
          icon="cross"
          className="self-end max-md:col-span-2 max-md:justify-self-start"
          onClick={() => onView(WHOLE_AUDIT)}
        >
          Clear
        </Button>
      ) : null}
    </search>
  );
}

type Option = { value: string; label: string };
/** No actor and no action is called so. */
const ALL = '*';
const withAll = (label: string, options: readonly Option[]): Option[] => [{ value: ALL, label }, ...options];

/** What is chosen stands in the list, also where the audit does not know it. */
function actorsOf({ actor }: AuditView, standing: AuditStanding | undefined): Option[] {
  const known = standing?.actors.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return actor === '' || known.some(({ value }) => value === actor)
    ? known
    : [...known, { value: actor, label: actor }];
}

function actionsOf({ action }: AuditView, standing: AuditStanding | undefined): Option[] {
  const known = standing?.actions.map((each) => ({ value: each.action, label: each.words })) ?? [];
  return action === '' || known.some(({ value }) => value === action)
    ? known
    : [...known, { value: action, label: action }];
}

/** An instant as one writes it; what is none is said under it and narrows nothing. */
function TimeField({
  label,
  value,
  onValue,
}: {
  label: string;
  value: string;
  onValue: (iso: string) => void;
}) {
  const [wrong, setWrong] = useState(false);
  return (
    <TypedField
      label={label}
      placeholder="2026-11-22"
      className="md:w-44"
      mono
      error={wrong ? 'Write it as 2026-11-22 14:05.' : undefined}
      value={typedOf(value)}
      onValue={(typed) => {
        const iso = instantOf(typed);
        setWrong(iso === null);
        if (iso !== null) onValue(iso);
      }}
    />
  );
}

type TypedFieldProps = {
  label: string;
  placeholder: string;
  className: string;
  icon?: 'search';
  mono?: boolean;
  error?: string | undefined;
  value: string;
  onValue: (value: string) => void;
  inputRef?: RefObject<HTMLInputElement | null>;
};

/** Takes what was typed when the typing pauses. */
function TypedField({ value, onValue, inputRef, icon, ...rest }: TypedFieldProps) {
  const [text, setText] = useTypedText(value, onValue);
  return (
    <TextField
      {...rest}
      {...(icon ? { icon } : {})}
      {...(inputRef ? { ref: inputRef } : {})}
      type="search"
      value={text}
      onValueChange={setText}
    />
  );
}
