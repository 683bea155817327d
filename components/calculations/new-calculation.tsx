'use client';

import { useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { CalculationForm } from '#components/calculations/calculation-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import type { CalculationView } from '#lib/calculation/edition';

/** The smallest one that can be saved: to be written over. */
const FIRST_TEXT = `versions:
  - version: 1
    # where: type <> 'test'
    keys:
      user_id: user_id
    measures:
      total: sum(value)
      events: count(*)
`;

/** Begins a calculation of the library by itself, without an incident. */
export function NewCalculation({ variant }: { variant?: 'primary' }) {
  const refusal = useMayNot('calculation.change', 'begin a calculation');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        icon="plus"
        {...(variant === undefined ? {} : { variant })}
        disabledReason={refusal}
        onClick={() => setOpen(true)}
      >
        New calculation
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        size="md"
        title="New calculation"
        description="It becomes a draft, to be tested on a healthy stretch of an incident’s events and then published."
      >
        <NewForm onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function NewForm({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState(FIRST_TEXT);
  return (
    <CalculationForm
      words="Save as a draft"
      save={(named) => postJson<CalculationView>('/api/v1/calculations', { ...named, text })}
      onClose={onClose}
    >
      <Textarea
        label="Calculation"
        hint="As a plan writes it, in YAML: versions with their keys and measures. Every expression is checked when it is saved."
        mono
        rows={10}
        spellCheck={false}
        autoCapitalize="off"
        value={text}
        onValueChange={setText}
      />
    </CalculationForm>
  );
}
