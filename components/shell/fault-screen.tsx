'use client';

import { Button, ButtonLink } from '#components/ui/button';
import { ErrorState } from '#components/ui/states';

const isDigest = (error: unknown): error is { digest: string } =>
  typeof error === 'object' && error !== null && 'digest' in error && typeof error.digest === 'string';

/** A fault of Recount itself. Nothing that was asked for is lost: records, runs and patches are on the server. */
export function FaultScreen({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <>
      <h1 className="sr-only">This page failed</h1>
      <ErrorState
        title="This page failed. That is a fault of Recount, not yours."
        error={{
          message: 'Nothing was changed by it. Runs and patches go on by themselves on the server.',
          fix: isDigest(error)
            ? `If it fails again, look for ${error.digest} in the log of the server.`
            : 'If it fails again, look into the log of the server.',
        }}
        actions={
          <>
            <Button variant="primary" icon="again" onClick={retry}>
              Try again
            </Button>
            <ButtonLink href="/incidents">Go to incidents</ButtonLink>
          </>
        }
      />
    </>
  );
}
