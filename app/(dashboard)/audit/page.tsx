import type { Metadata } from 'next';
import { Suspense } from 'react';
import { AuditScreen } from '#components/audit/audit-screen';
import { Page } from '#components/ui/page';

export const metadata: Metadata = { title: 'Audit' };

export default function AuditPage() {
  return (
    <Page>
      <Suspense>
        <AuditScreen />
      </Suspense>
    </Page>
  );
}
