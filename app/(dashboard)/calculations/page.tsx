import type { Metadata } from 'next';
import { CalculationsScreen } from '#components/calculations/calculations-screen';
import { Page } from '#components/ui/page';

export const metadata: Metadata = { title: 'Calculations' };

export default function CalculationsPage() {
  return (
    <Page width="list">
      <CalculationsScreen />
    </Page>
  );
}
