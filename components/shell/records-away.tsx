'use client';

import { Button } from '#components/ui/button';
import { ErrorState } from '#components/ui/states';

type Props = { error: { code: string; message: string; fix: string } };

/** Instead of a page that the records are needed for: what is wrong, that nothing is lost, and the way to ask again. */
export function RecordsAway({ error }: Props) {
  return (
    <main className="grid min-h-dvh content-center">
      <h1 className="sr-only">Recount can't read its records</h1>
      <ErrorState
        title="Recount can't read its own records right now."
        error={{
          ...error,
          message: `${error.message} Nothing is lost: what was being done goes on, or is settled, when they are back.`,
        }}
        actions={
          <Button variant="primary" icon="again" onClick={() => window.location.reload()}>
            Try again
          </Button>
        }
      />
    </main>
  );
}
