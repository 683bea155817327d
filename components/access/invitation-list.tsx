'use client';

import { useMutation } from '@tanstack/react-query';
import { ErrorLine } from '#components/access/error-line';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Tag } from '#components/ui/pill';
import { TimeAt } from '#components/ui/time-text';
import type { InvitationView } from '#lib/incident/people';

/** Who was invited and has not come yet. */
export function Invitations({
  invitations,
  onChanged,
}: {
  invitations: readonly InvitationView[];
  onChanged: () => void;
}) {
  const revoke = useMutation({
    mutationFn: (id: string) => postJson(`/api/v1/invitations/${id}`, {}, { method: 'DELETE' }),
    onSettled: onChanged,
  });
  return (
    <Card labelledBy="invited">
      <CardHeader titleId="invited" title="Invited" />
      <CardBody className="grid gap-2">
        <ErrorLine error={revoke.error} />
        <ul className="grid gap-1.5">
          {invitations.map(({ id, name, email, role, createdBy, expiresAt, isExpired }) => (
            <li
              key={id}
              className="flex flex-wrap items-center gap-x-2 gap-y-1 rounded-control border border-line px-2.5 py-1.5"
            >
              <span className="min-w-0 flex-1 basis-48">
                <span className="block truncate font-medium">{name}</span>
                <span className="block text-text-3 text-xs [overflow-wrap:anywhere]">
                  {email}, as {role}; by {createdBy}
                </span>
              </span>
              {isExpired ? (
                <Tag>expired</Tag>
              ) : (
                <span className="text-text-3 text-xs">
                  until <TimeAt iso={expiresAt} to="minute" />
                </span>
              )}
              <Button
                size="sm"
                variant="ghost"
                aria-label={`Withdraw the invitation of ${name}`}
                onClick={() => revoke.mutate(id)}
              >
                Withdraw
              </Button>
            </li>
          ))}
        </ul>
      </CardBody>
    </Card>
  );
}
