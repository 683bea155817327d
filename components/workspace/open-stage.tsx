'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { useIncident } from '#components/workspace/use-incident.ts';

/** Goes to the stage where the incident stands, in place of the address without one. */
export function OpenStage() {
  const { incident, reference } = useIncident();
  const router = useRouter();
  useEffect(() => {
    router.replace(`/incidents/${reference}/${incident.stage}`);
  }, [router, reference, incident.stage]);
  return null;
}
