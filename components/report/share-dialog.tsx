'use client';

import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Checkbox, RadioGroup } from '#components/ui/choice';
import { CopyButton } from '#components/ui/copy-button';
import { Dialog } from '#components/ui/dialog';
import { minuteText } from '#components/ui/time.ts';
import { incidentPath } from '#components/workspace/use-incident.ts';
import type { ShareLinkView } from '#lib/report/report';

const DAYS = [
  { value: '1', label: '1 day' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
] as const;

type Props = { reference: string; open: boolean; onOpenChange: (open: boolean) => void; onMade: () => void };
type Made = { link: ShareLinkView; url: string };

/** Makes a share link. Its address is shown once: the server keeps only a hash of it. */
export function ShareDialog({ reference, open, onOpenChange, onMade }: Props) {
  const [days, setDays] = useState<'1' | '7' | '30'>('7');
  const [maskKeys, setMaskKeys] = useState(true);
  const make = useMutation({
    mutationFn: () => postJson<Made>(`${incidentPath(reference)}/shares`, { days: Number(days), maskKeys }),
    onSuccess: onMade,
  });
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) make.reset();
  };
  const made = make.data ?? null;
  const url = made === null ? '' : absolute(made.url);
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      title={made === null ? 'Create a share link' : 'The link is ready'}
      description={
        made === null
          ? 'A frozen copy of this report, for people without access to this Recount.'
          : 'Copy it now: it is shown only this once. If it is lost, revoke it and make another.'
      }
      actions={
        made === null ? (
          <>
            <Button onClick={() => change(false)}>Cancel</Button>
            <Button
              variant="primary"
              busy={make.isPending}
              busyLabel="Creating"
              onClick={() => make.mutate()}
            >
              Create link
            </Button>
          </>
        ) : (
          <>
            <Button onClick={() => change(false)}>Done</Button>
            <CopyButton text={url} label="Copy link" variant="primary" size="md" />
          </>
        )
      }
    >
      {made === null ? (
        <div className="grid gap-4">
          <RadioGroup legend="It works for" inline options={DAYS} value={days} onValueChange={setDays} />
          <Checkbox
            label="Mask the keys"
            hint="Keys often name people. Masked, they keep their first letters only; figures stay."
            checked={maskKeys}
            onCheckedChange={setMaskKeys}
          />
          {make.isError ? (
            <p role="alert" className="text-danger">
              {apiErrorOf(make.error).message} {apiErrorOf(make.error).fix}
            </p>
          ) : null}
        </div>
      ) : (
        <MadeLink made={made} url={url} />
      )}
    </Dialog>
  );
}

function MadeLink({ made, url }: { made: Made; url: string }) {
  const urlId = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={urlId} className="font-medium">
        Link
      </label>
      <input
        id={urlId}
        readOnly
        value={url}
        onFocus={(event) => event.target.select()}
        className="h-control w-full rounded-control border border-control bg-bg px-2 font-mono text-xs"
      />
      <p className="text-text-3 text-xs">
        Works until {minuteText(made.link.expiresAt)}.{' '}
        {made.link.maskKeys ? 'Keys are masked.' : 'Keys are shown.'}
      </p>
    </div>
  );
}

/** The server may answer a path; what is copied must work elsewhere. */
const absolute = (url: string): string => new URL(url, window.location.origin).href;
