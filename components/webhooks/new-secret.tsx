'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Dialog } from '#components/ui/dialog';
import { SelectField } from '#components/ui/select-field';
import { Notice } from '#components/ui/states';
import { TimeAt } from '#components/ui/time-text';
import { SecretDialog } from '#components/webhooks/webhook-dialog';
import { OLD_SECRET_HOURS, OLD_SECRET_MOST_HOURS, type WebhookView } from '#lib/patch/webhook-view';

const HOURS = [
  { value: '1', label: 'Signs too for 1 hour' },
  { value: String(OLD_SECRET_HOURS), label: 'Signs too for 24 hours' },
  { value: String(OLD_SECRET_MOST_HOURS), label: 'Signs too for 7 days' },
  { value: '0', label: 'Ends at once' },
];

type NewSecretProps = { webhook: WebhookView; onClose: () => void; onMade: () => void };

/** Makes another secret, which is shown once; the one before may sign beside it for a time. Rendered while it is open. */
export function NewSecretDialog({ webhook: { id, name }, onClose, onMade }: NewSecretProps) {
  const [hours, setHours] = useState(String(OLD_SECRET_HOURS));
  const renew = useMutation({
    mutationFn: () => postJson<{ secret: string }>(`/api/v1/webhooks/${id}/secret`, { hours: Number(hours) }),
    onSuccess: onMade,
  });
  if (renew.data !== undefined) return <SecretDialog secret={renew.data.secret} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? null : onClose())}
      title={`New secret for ${name}`}
      description="It signs from now on. Enter it at the receiver while the old one still signs beside it, and no message is refused."
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" busy={renew.isPending} busyLabel="Making" onClick={() => renew.mutate()}>
            Make a new secret
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <SelectField
          label="The old secret"
          hint={hours === '0' ? 'What the receiver checks with the old one is refused from now on.' : null}
          options={HOURS}
          value={hours}
          onValueChange={setHours}
        />
        <ProofOrError error={renew.error} onProved={() => renew.mutate()} />
      </div>
    </Dialog>
  );
}

type OldSecretProps = { webhook: WebhookView; onEnded: () => void };

/** While two secrets sign: until when, and a way to end the old one. */
export function OldSecretNotice({ webhook: { id, oldSecretUntil }, onEnded }: OldSecretProps) {
  const end = useMutation({
    mutationFn: () => postJson(`/api/v1/webhooks/${id}/secret`, {}, { method: 'DELETE' }),
    onSuccess: onEnded,
  });
  if (oldSecretUntil === null) return null;
  return (
    <>
      <Notice
        tone="neutral"
        actions={
          <Button size="sm" busy={end.isPending} busyLabel="Ending" onClick={() => end.mutate()}>
            End the old one now
          </Button>
        }
      >
        Two secrets sign: the new one, and the old one until <TimeAt iso={oldSecretUntil} to="minute" />.
      </Notice>
      {end.error === null ? null : (
        <div className="px-3.5 py-2.5">
          <ProofOrError error={end.error} onProved={() => end.mutate()} />
        </div>
      )}
    </>
  );
}
