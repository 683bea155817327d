'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useMayNot } from '#components/access/use-me.ts';
import { incidentHref } from '#components/incident/incident-table';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { useToast } from '#components/ui/toast';
import type { IncidentView } from '#lib/incident/incident';

/** Opens the sample incident: a real archive and a real live table with a known fault. */
export function OpenSampleButton() {
  const router = useRouter();
  const { notify } = useToast();
  const refusal = useMayNot('incident.change', 'open the sample');
  const sample = useMutation({
    mutationFn: () => postJson<IncidentView>('/api/v1/samples/points'),
    onSuccess: (incident) => router.push(incidentHref(incident)),
    onError: (error) => {
      const { message, fix } = apiErrorOf(error);
      notify({ title: message, description: fix, tone: 'danger' });
    },
  });
  return (
    <Button
      icon="play"
      busy={sample.isPending || sample.isSuccess}
      busyLabel="Opening the sample"
      disabledReason={refusal}
      onClick={() => sample.mutate()}
    >
      Open the sample
    </Button>
  );
}
