'use client';

import { FaultScreen } from '#components/shell/fault-screen';

/** Within the shell, so that one can go elsewhere. */
export default function DashboardError({ error, retry }: { error: unknown; retry: () => void }) {
  return <FaultScreen error={error} retry={retry} />;
}
