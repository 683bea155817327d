'use client';

import { type RefObject, useEffect, useRef, useState } from 'react';
import { type AuditView, inputOf, instantOf, isFiltered, WHOLE_AUDIT } from '#components/audit/audit-view.ts';
import { Button } from '#components/ui/button';
import { TextField } from '#components/ui/field';
import { SelectField } from '#components/ui/select-field';
import { useShortcuts } from '#components/ui/use-shortcuts.ts';
import type { AuditStanding } from '#lib/report/audit-view';

const PAUSE_MS = 250;

type AuditFiltersProps = {
  view: AuditView;
  onView: (view: AuditView) => void;
  /** Undefined until it is known: then only what is chosen can be seen. */
  standing: AuditStanding | undefined;
  /** On an incident's own page. */
  withoutIncident: boolean;
};

/** By whom, what, when and where: each narrows the list as it is chosen. */
export function AuditFilters({ view, onView, standing, withoutIncident }: AuditFiltersProps) {
  const set = (change: Partial<AuditView>) => onView({ ...view, ...change });
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  return (
    <search className="mb-3 grid grid-cols-2 items-end gap-2 md:flex md:flex-wrap">
      <SelectField
        label="Who"
        className="md:w-44"
        options={withAll('Everyone', actorsOf(view, standing))}
        value={view.actor}
        onValueChange={(actor) => set({ actor })}
      />
      <SelectField
        label="What"
        className="md:w-60"
        options={withAll('Everything', actionsOf(view, standing))}
        value={view.action}
        onValueChange={(action) => set({ action })}
      />
      {withoutIncident ? null : (
        <TypedField
          label="Incident"
          placeholder="INC-12"
          className="md:w-24"
          value={view.incident}
          onValue={(incident) => set({ incident })}
        />
      )}
      <TextField
        label="From, UTC"
        type="datetime-local"
        step={1}
        className="md:w-52"
        value={inputOf(view.from)}
        onValueChange={(text) => set({ from: instantOf(text) })}
      />
      <TextField
        label="To, UTC"
        type="datetime-local"
        step={1}
        className="md:w-52"
        value={inputOf(view.to)}
        onValueChange={(text) => set({ to: instantOf(text) })}
      />
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
        <Button variant="ghost" icon="cross" onClick={() => onView(WHOLE_AUDIT)}>
          Clear
        </Button>
      ) : null}
    </search>
  );
}

type Option = { value: string; label: string };
const withAll = (label: string, options: readonly Option[]): Option[] => [{ value: '', label }, ...options];

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

type TypedFieldProps = {
  label: string;
  placeholder: string;
  className: string;
  icon?: 'search';
  value: string;
  onValue: (value: string) => void;
  inputRef?: RefObject<HTMLInputElement | null>;
};

/** Takes what was typed when the typing pauses. */
function TypedField({ value, onValue, inputRef, icon, ...rest }: TypedFieldProps) {
  const [text, setText] = useState(value);
  const [asked, setAsked] = useState(value);
  // the address changed by other means (back, Clear): the field follows it
  if (value !== asked) {
    setAsked(value);
    setText(value);
  }
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === asked) return;
    const timer = setTimeout(() => {
      setAsked(wanted);
      onValue(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, asked, onValue]);
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
