'use client';

import { useMayNot } from '#components/access/use-me.ts';
import { RenameCalculation, RetireCalculation } from '#components/calculations/calculation-actions';
import { DraftCard } from '#components/calculations/draft-card';
import { CompareCard, EditionsCard } from '#components/calculations/editions-card';
import { Refusal } from '#components/calculations/refusal';
import { useCalculation, useChange } from '#components/calculations/use-calculations.ts';
import { UsedByCard } from '#components/calculations/used-by-card';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { Pill } from '#components/ui/pill';
import { ErrorState } from '#components/ui/states';
import { TimeAt } from '#components/ui/time-text';
import type { CalculationView } from '#lib/calculation/edition';

/** One calculation: its draft, its editions, what they say differently, and who uses them. */
export function CalculationScreen({ id }: { id: string }) {
  const found = useCalculation(id);
  if (found.data !== undefined) return <Calculation view={found.data} />;
  return (
    <Card aria-label="Calculation">
      {found.error ? (
        <ErrorState
          title="Can't show this calculation."
          error={apiErrorOf(found.error)}
          actions={<ButtonLink href="/calculations">All calculations</ButtonLink>}
        />
      ) : (
        <SkeletonRows label="Reading the calculation" />
      )}
    </Card>
  );
}

function Calculation({ view }: { view: CalculationView }) {
  const refusal = useMayNot('calculation.change', 'change it');
  const [first] = view.editions;
  const draft = first !== undefined && first.published === null ? first : null;
  const isPublished = view.editions.some(({ published }) => published !== null);
  const begin = useChange(view.id);
  return (
    <>
      <PageHeader
        size="xl"
        crumbs={[{ label: 'Calculations', href: '/calculations' }, { label: view.name }]}
        title={view.name}
        pill={view.retired === null ? undefined : <Pill>Retired</Pill>}
        meta={[
          {
            term: 'Saved',
            value: (
              <>
                <TimeAt iso={view.createdAt} /> by {view.createdBy}
              </>
            ),
          },
        ]}
        actions={
          <>
            <RenameCalculation view={view} />
            {isPublished ? <RetireCalculation view={view} /> : null}
            {draft === null && view.retired === null ? (
              <Button
                icon="plus"
                busy={begin.isPending}
                disabledReason={refusal}
                onClick={() => begin.mutate({ path: '/draft' })}
              >
                New draft
              </Button>
            ) : null}
          </>
        }
      />
      {view.retired === null ? null : <Retired by={view.retired} />}
      {view.description === '' ? null : (
        <p className="mb-3.5 max-w-[80ch] text-text-2 [overflow-wrap:anywhere]">{view.description}</p>
      )}
      <Refusal error={begin.error} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid min-w-0 gap-4">
          {draft === null ? null : <DraftCard view={view} draft={draft} />}
          <EditionsCard editions={view.editions} />
          {view.editions.length > 1 ? <CompareCard view={view} /> : null}
        </div>
        <UsedByCard usedBy={view.usedBy} />
      </div>
    </>
  );
}

const Retired = ({ by: { by, at } }: { by: NonNullable<CalculationView['retired']> }) => (
  <div className="mb-3.5">
    <BoxedNotice tone="neutral">
      Retired <TimeAt iso={at} /> by {by}: incidents that have it go on with it, and no other takes it.
    </BoxedNotice>
  </div>
);
