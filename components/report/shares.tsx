'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { apiErrorOf, getJson, postJson } from '#components/query/api.ts';
import { ShareDialog } from '#components/report/share-dialog';
import { Button } from '#components/ui/button';
import { useNow } from '#components/ui/clock.ts';
import { countOf } from '#components/ui/format.ts';
import { Tag } from '#components/ui/pill';
import { minuteText } from '#components/ui/time.ts';
import { incidentPath } from '#components/workspace/use-incident.ts';
import type { ShareLinkView } from '#lib/report/report';

const sharesKey = (reference: string) => ['incident', reference, 'shares'];

/** The links that lead to frozen copies of the report: made, listed, revoked. */
export function Shares({ reference }: { reference: string }) {
  const [making, setMaking] = useState(false);
  const cache = useQueryClient();
  const refusal = useMayNot('report.share', 'make or see links');
  const shares = useQuery({
    queryKey: sharesKey(reference),
    queryFn: async ({ signal }) =>
      (await getJson<{ shares: ShareLinkView[] }>(`${incidentPath(reference)}/shares`, { signal })).shares,
    enabled: refusal === null,
  });
  const reload = () => cache.invalidateQueries({ queryKey: sharesKey(reference) });
  return (
    <div className="grid gap-2.5">
      <p className="text-pretty text-text-3 text-xs">
        A link shows this report as it is now, to whoever has it, until it expires. It reads nothing live.{' '}
        {refusal}
      </p>
      <Button
        icon="link"
        className="justify-self-start"
        disabledReason={refusal}
        onClick={() => setMaking(true)}
      >
        Create link
      </Button>
      <ShareDialog
        reference={reference}
        open={making}
        onOpenChange={setMaking}
        onMade={() => void reload()}
      />
      {shares.isError ? (
        <p role="alert" className="text-danger text-xs">
          {apiErrorOf(shares.error).message}
        </p>
      ) : (
        <ul className="grid gap-2">
          {(shares.data ?? []).map((link) => (
            <ShareRow key={link.id} link={link} onRevoked={() => void reload()} />
          ))}
        </ul>
      )}
    </div>
  );
}

function ShareRow({ link, onRevoked }: { link: ShareLinkView; onRevoked: () => void }) {
  const now = useNow();
  const revoke = useMutation({
    mutationFn: () => postJson(`/api/v1/shares/${link.id}`, {}, { method: 'DELETE' }),
    onSuccess: onRevoked,
  });
  const expired = now !== null && Date.parse(link.expiresAt) <= now;
  const dead = link.revokedAt !== null || expired;
  return (
    <li className="grid gap-0.5 rounded-control border border-line bg-surface px-2.5 py-2">
      <div className="flex items-center gap-2">
        <span className={dead ? 'min-w-0 flex-1 text-text-3 line-through' : 'min-w-0 flex-1'}>
          Made {minuteText(link.createdAt)}
        </span>
        {link.revokedAt !== null ? (
          <Tag>revoked</Tag>
        ) : expired ? (
          <Tag>expired</Tag>
        ) : (
          <Button
            size="sm"
            variant="ghost"
            busy={revoke.isPending}
            busyLabel="Revoking"
            onClick={() => revoke.mutate()}
          >
            Revoke
          </Button>
        )}
      </div>
      <p className="text-text-3 text-xs">
        {dead ? '' : `until ${minuteText(link.expiresAt)}, `}
        {link.maskKeys ? 'keys masked' : 'keys shown'}, {countOf(link.views, 'view', 'views')}
      </p>
      {revoke.isError ? (
        <p role="alert" className="text-danger text-xs">
          {apiErrorOf(revoke.error).message} {apiErrorOf(revoke.error).fix}
        </p>
      ) : null}
    </li>
  );
}
