'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { useToast } from '#components/ui/toast';
import type { IncidentView } from '#lib/incident/incident';

/** Opens the sample: a real archive, a real table, and a worker that went wrong. */
export function OpenSample() {
  const router = useRouter();
  const cache = useQueryClient();
  const { notify } = useToast();
  const open = useMutation({
    mutationFn: () => postJson<IncidentView>('/api/v1/samples/points'),
    onSuccess: (view) => {
      void cache.invalidateQueries({ queryKey: ['incidents'] });
      router.push(`/incidents/INC-${view.number}`);
    },
    onError: (thrown) => {
      const error = apiErrorOf(thrown);
      notify({ title: error.message, description: error.fix, tone: 'danger' });
    },
  });
  return (
    <Button icon="play" busy={open.isPending} busyLabel="Making the sample" onClick={() => open.mutate()}>
      Open the sample instead
    </Button>
  );
}
