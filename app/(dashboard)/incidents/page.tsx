import type { Metadata } from 'next';
import { Suspense } from 'react';
import { IncidentsScreen } from '#components/incident/incidents-screen';
import { Page } from '#components/ui/page';

export const metadata: Metadata = { title: 'Incidents' };

export default function IncidentsPage() {
  return (
    <Page width="list">
      <Suspense>
        <IncidentsScreen />
      </Suspense>
    </Page>
  );
}
