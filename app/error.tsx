'use client';

import { FaultScreen } from '#components/shell/fault-screen';

export default function ErrorPage({ error, retry }: { error: unknown; retry: () => void }) {
  return (
    <main className="grid min-h-dvh content-center">
      <FaultScreen error={error} retry={retry} />
    </main>
  );
}
