'use client';

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ProofOrError } from '#components/access/prove-form';
import { SecretOnce } from '#components/access/secret-once';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Checkbox } from '#components/ui/choice';
import { Dialog } from '#components/ui/dialog';
import { TextField } from '#components/ui/field';
import { EVENT_LABELS } from '#components/webhooks/words.ts';
import { PATCH_EVENTS, type PatchEvent } from '#lib/patch/patch-events';
import type { WebhookView } from '#lib/patch/webhook-view';

type WebhookDialogProps = {
  /** Null: a new one. */
  webhook: WebhookView | null;
  hosts: readonly string[];
  onClose: () => void;
  onSaved: () => void;
};

/** Adds or changes a webhook. Rendered while it is open, so that it begins with what is saved. */
export function WebhookDialog({ webhook, hosts, onClose, onSaved }: WebhookDialogProps) {
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState<readonly PatchEvent[]>(webhook?.events ?? PATCH_EVENTS);
  const save = useMutation({
    mutationFn: () => {
      const address = webhook !== null && url.trim() === '' ? {} : { url };
      const body = { name, events, ...address };
      return webhook === null
        ? postJson<{ secret: string | null }>('/api/v1/webhooks', body)
        : postJson<{ secret: string | null }>(`/api/v1/webhooks/${webhook.id}`, body, { method: 'PATCH' });
    },
    onSuccess: ({ secret }) => {
      onSaved();
      if (secret === null) onClose();
    },
  });
  const secret = save.data?.secret ?? null;
  if (secret !== null) return <SecretDialog secret={secret} onClose={onClose} />;
  const missing =
    name.trim() === ''
      ? 'Enter a name first.'
      : webhook === null && url.trim() === ''
        ? 'Enter an address first.'
        : events.length === 0
          ? 'Choose at least one event.'
          : null;
  return (
    <Dialog
      open
      size="md"
      onOpenChange={(open) => (open ? null : onClose())}
      title={webhook === null ? 'New webhook' : `Change ${webhook.name}`}
      description="Recount sends it what becomes of patches: numbers, names and a link, never a value of a row."
      onSubmit={() => save.isPending || save.mutate()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={save.isPending} disabledReason={missing}>
            {webhook === null ? 'Add webhook' : 'Save'}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        <TextField label="Name" hint="Who hears of it: Team chat." value={name} onValueChange={setName} />
        <TextField
          label="Address"
          mono
          inputMode="url"
          hint={
            webhook === null
              ? `It may lead to ${hosts.join(', ')}. It is kept sealed and not shown again.`
              : `Leave it empty to keep the one at ${webhook.host}.`
          }
          placeholder="https://"
          value={url}
          onValueChange={setUrl}
        />
        <fieldset className="grid min-w-0 gap-2">
          <legend className="mb-1.5 font-medium">It is told when a patch …</legend>
          <div className="grid gap-2 md:grid-cols-2">
            {PATCH_EVENTS.map((event) => (
              <Checkbox
                key={event}
                label={EVENT_LABELS[event]}
                checked={events.includes(event)}
                onCheckedChange={(checked) =>
                  setEvents((before) =>
                    checked ? [...before, event] : before.filter((one) => one !== event),
                  )
                }
              />
            ))}
          </div>
        </fieldset>
        <ProofOrError error={save.error} onProved={() => save.mutate()} />
      </div>
    </Dialog>
  );
}

/** The secret of a webhook, shown only now. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? null : onClose())}
      title="The secret of the webhook"
      description="Copy it now: it is shown only this once. If it is lost, make a new one."
      actions={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <SecretOnce
        label="Secret"
        text={secret}
        hint="The receiver checks the header X-Recount-Signature with it. A chat program does not need it."
      />
    </Dialog>
  );
}
