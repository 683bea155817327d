import { ButtonLink } from '#components/ui/button';
import { EmptyState } from '#components/ui/states';

/** An address that leads nowhere. */
export function NothingHere() {
  return (
    <>
      <h1 className="sr-only">Not found</h1>
      <EmptyState
        title="There is nothing at this address."
        icon="search"
        actions={<ButtonLink href="/incidents?state=all">Show all incidents</ButtonLink>}
      >
        Check the link. Incidents are never deleted: closed ones stay in the list.
      </EmptyState>
    </>
  );
}
