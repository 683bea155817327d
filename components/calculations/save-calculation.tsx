'use client';

import { useMayNot } from '#components/access/use-me.ts';
import { CalculationForm } from '#components/calculations/calculation-form';
import { calculationPath, useCalculations } from '#components/calculations/use-calculations.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import type { CalculationList, CalculationView } from '#lib/calculation/edition';

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

/** Saves the calculation of this incident into the library: a new one, or a draft of one that is there. */
export function SaveCalculation({ open, onOpenChange }: Props) {
  const { view, flush } = useDraft();
  const refusal = useMayNot('calculation.change', 'save it');
  const isBegun = view?.plan.calculation?.versions !== undefined;
  return (
    <>
      <Button
        disabledReason={refusal ?? (isBegun ? null : 'Write the calculation first.')}
        onClick={() => void flush().then((saved) => saved !== null && onOpenChange(true))}
      >
        Save as calculation
      </Button>
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title="Save as calculation"
        description="It becomes a draft in the library. There it is tested on a healthy stretch and published; this incident stays as it is."
      >
        <SaveForm onClose={() => onOpenChange(false)} />
      </Dialog>
    </>
  );
}

function SaveForm({ onClose }: { onClose: () => void }) {
  const { view } = useDraft();
  const library = useCalculations();
  const incident = `INC-${view?.number}`;
  const knownOf = (name: string) => library.data?.rows.find((row) => row.name === name);
  return (
    <CalculationForm
      name={view?.plan.calculation?.name}
      about={(name) => ({ hint: hintOf(knownOf(name)), isNew: knownOf(name) === undefined })}
      words="Save into the library"
      save={({ name, description }) => {
        const known = knownOf(name.trim());
        return known === undefined
          ? postJson<CalculationView>('/api/v1/calculations', { name, description, incident })
          : postJson<CalculationView>(`${calculationPath(known.id)}/draft`, { incident });
      }}
      onClose={onClose}
    />
  );
}

/** What saving under a name does, or why it would be refused. */
function hintOf(known: CalculationList['rows'][number] | undefined): string {
  if (known === undefined) return 'A new calculation of the library.';
  if (known.isRetired)
    return 'There is one of this name, and it is retired: take it back into use first, or choose another name.';
  return known.hasDraft
    ? 'There is one of this name, and it has a draft: publish or discard that first, or choose another name.'
    : 'There is one of this name: this becomes the draft of its next edition.';
}
