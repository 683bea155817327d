'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { Refusal } from '#components/calculations/refusal';
import { SaveCalculation } from '#components/calculations/save-calculation';
import { calculationPath, useCalculations } from '#components/calculations/use-calculations.ts';
import { takeEdition } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { getJson } from '#components/query/api.ts';
import { SelectField } from '#components/ui/select-field';
import { minuteText } from '#components/ui/time.ts';
import type { CalculationView } from '#lib/calculation/edition';

/** Takes a calculation of the library into an incident's set-up, says whether it is still that one, and saves into it. */
export function LibraryChoice() {
  const { draft, view, edit } = useDraft();
  const library = useCalculations();
  const cache = useQueryClient();
  const [saving, setSaving] = useState(false);
  const options = (library.data?.rows ?? []).flatMap(({ id, name, published, isRetired }) =>
    // of a retired one only what this incident has already
    published
      .filter((edition) => !isRetired || edition.id === view?.edition?.id)
      .map((edition) => ({
        value: `${id} ${edition.id}`,
        label: `${name}, edition ${edition.number}${isRetired ? ', retired' : ''}`,
        detail: `Published ${minuteText(edition.at)} by ${edition.by}`,
      })),
  );
  const take = useMutation({
    mutationFn: async (chosen: string) => {
      const [id = '', editionId] = chosen.split(' ');
      const path = calculationPath(id);
      const { editions } = await cache.fetchQuery({
        queryKey: ['calculations', 'one', id],
        queryFn: ({ signal }) => getJson<CalculationView>(path, { signal }),
      });
      const edition = editions.find((one) => one.id === editionId);
      if (edition !== undefined) edit((old) => takeEdition(old, edition));
    },
  });
  const taken = options.find(({ value }) => value.endsWith(` ${draft.editionId}`))?.value ?? null;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-end gap-2">
        {options.length === 0 ? null : (
          <SelectField
            label="From the library"
            className="min-w-56 flex-1"
            placeholder="Choose a calculation"
            options={options}
            value={taken}
            onValueChange={(chosen) => take.mutate(chosen)}
          />
        )}
        <SaveCalculation open={saving} onOpenChange={setSaving} />
      </div>
      {view?.edition == null || view.edition.id !== draft.editionId ? null : (
        <p role="status" className="text-text-2 text-xs">
          {view.edition.isUnchanged ? 'As in ' : 'Changed since '}
          <Link href={`/calculations/${view.edition.calculationId}`} className="underline underline-offset-2">
            edition {view.edition.number} of {view.edition.calculation}
          </Link>
          .
        </p>
      )}
      <Refusal error={take.error} />
    </div>
  );
}
