import type { Metadata } from 'next';
import { CalculationScreen } from '#components/calculations/calculation-screen';
import { Page } from '#components/ui/page';

export const metadata: Metadata = { title: 'Calculation' };

export default async function CalculationPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Page width="list">
      <CalculationScreen id={decodeURIComponent(id)} />
    </Page>
  );
}
