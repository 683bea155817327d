'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ErrorLine } from '#components/access/error-line';
import { useMayNot } from '#components/access/use-me.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { incidentKey, incidentPath, useIncident } from '#components/workspace/use-incident.ts';
import type { IncidentView } from '#lib/incident/incident';

/** Asks before an incident is closed: what waits is taken back by it. */
export function CloseIncident({ onClose }: { onClose: () => void }) {
  const { incident, reference } = useIncident();
  const cache = useQueryClient();
  const refusal = useMayNot('incident.change', 'close it');
  const close = useMutation({
    mutationFn: () => postJson<IncidentView>(`${incidentPath(reference)}/close`),
    onSuccess: (view) => {
      cache.setQueryData(incidentKey(reference), view);
      void cache.invalidateQueries({ queryKey: ['patches'] });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? null : onClose())}
      title={`Close INC-${incident.number}`}
      description="Nothing of it is changed or previewed any more. A patch that waits is taken back; what is written can still be compared and put back."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={close.isPending}
            busyLabel="Closing"
            disabledReason={refusal}
            onClick={() => close.mutate()}
          >
            Close incident
          </Button>
        </>
      }
    >
      {close.isError ? <ErrorLine error={close.error} /> : null}
    </Dialog>
  );
}
