import type { Metadata } from 'next';
import { ButtonLink } from '#components/ui/button';
import { EmptyState } from '#components/ui/states';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <main className="grid min-h-dvh content-center">
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        title="There is nothing at this address."
        icon="search"
        actions={<ButtonLink href="/incidents">Go to incidents</ButtonLink>}
      >
        Check the link. What was deleted or closed is still in the list of incidents.
      </EmptyState>
    </main>
  );
}
