'use client';

import type { ReactNode } from 'react';
import { usePatch, usePatchId } from '#components/patch/use-patch.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, ButtonLink } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { classes } from '#components/ui/classes.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Page } from '#components/ui/page';
import { EmptyState, ErrorState } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';

/** Gives a stage its patch, or says why there is none. */
export function PatchFrame({ children }: { children: (patch: PatchView) => ReactNode }) {
  const { reference } = useIncident();
  const id = usePatchId();
  const query = usePatch(id);
  if (query.data !== undefined) return children(query.data);
  return (
    <Page>
      <Card>
        {id === null ? (
          <EmptyState
            icon="shield"
            title="No patch has been sent for review yet."
            actions={<ButtonLink href={`/incidents/${reference}/preview`}>Go to the preview</ButtonLink>}
          >
            A preview shows what differs; sending it for review seals the rows that a patch would write.
          </EmptyState>
        ) : query.isError ? (
          <ErrorState
            title="Can't show this patch."
            error={apiErrorOf(query.error)}
            actions={<Button onClick={() => void query.refetch()}>Try again</Button>}
          />
        ) : (
          <SkeletonRows rows={6} label="Opening the patch" />
        )}
      </Card>
    </Page>
  );
}

/** Work at the left, people and steps at the right; under each other where there is no room. */
export function TwoColumns({
  main,
  aside,
  asideFirst = false,
}: {
  main: ReactNode;
  aside: ReactNode;
  /** Where there is no room, what is beside comes first: it is what the operator came for. */
  asideFirst?: boolean;
}) {
  return (
    <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,1fr)_21.75rem] lg:gap-3.5">
      <div className="grid min-w-0 gap-3">{main}</div>
      <div className={classes('grid min-w-0 gap-3', asideFirst && 'max-lg:order-first')}>{aside}</div>
    </div>
  );
}
