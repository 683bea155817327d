'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { PatchError } from '#components/patch/patch-error';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isWritten } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Segmented } from '#components/ui/segmented';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { minuteText } from '#components/ui/time.ts';
import { TimeAt } from '#components/ui/time-text';
import type { PatchView, VerifyEvery } from '#lib/patch/patch';

type Every = VerifyEvery | 'off';
const EVERY: readonly { value: Every; label: string }[] = [
  { value: '1h', label: 'Every hour' },
  { value: '6h', label: 'Every 6 hours' },
  { value: '24h', label: 'Every day' },
  { value: 'off', label: 'Off' },
];

/** The comparisons after the write: how often they are made by themselves, and what each found. */
export function VerifyCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  if (!isWritten(patch.state) || (patch.erasedAt !== null && patch.verifications.length === 0)) return null;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="Compared by itself" titleId={titleId} />
      {patch.erasedAt === null ? <Schedule patch={patch} /> : null}
      {patch.verifications.length === 0 ? null : <History patch={patch} />}
    </Card>
  );
}

function Schedule({ patch }: { patch: PatchView }) {
  const cache = useQueryClient();
  const refusal = useMayNot('patch.verify', 'change how often');
  const change = useMutation({
    mutationFn: (every: Every) =>
      postJson<PatchView>(
        `${patchPath(patch.id)}/verify-schedule`,
        { every: every === 'off' ? null : every },
        { method: 'PUT' },
      ),
    onSuccess: (view) => cache.setQueryData(patchKey(patch.id), view),
  });
  const shown: Every = change.isPending ? change.variables : (patch.verifyEvery ?? 'off');
  return (
    <>
      <CardBody className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segmented
          label="How often it is compared"
          options={EVERY}
          value={shown}
          disabledReason={refusal}
          onValueChange={(every) => change.mutate(every)}
          className="max-md:w-full"
        />
        <p role="status" className="text-text-2">
          {shown === 'off'
            ? 'Only when somebody asks.'
            : patch.nextVerifyAt === null
              ? 'The first time is set within a minute.'
              : `Next on ${minuteText(patch.nextVerifyAt)}.`}
        </p>
        <p className="basis-full text-pretty text-text-3 text-xs">
          For 30 days. A row that is wrong again raises an alarm here and in the list of incidents; nothing is
          written by itself.
        </p>
      </CardBody>
      {change.isError ? <PatchError error={change.error} /> : null}
    </>
  );
}

function History({ patch }: { patch: PatchView }) {
  return (
    <Table
      caption="Comparisons, the newest first"
      density="compact"
      frameClassName="max-h-52 border-line border-t"
    >
      <thead>
        <tr>
          <Th>Compared</Th>
          <Th>Found</Th>
          <Th numeric className="max-md:hidden">
            Match
          </Th>
          <Th numeric>Differ</Th>
          <Th numeric>Moved on</Th>
        </tr>
      </thead>
      <tbody>
        {patch.verifications.map(({ at, match, differ, moved }) => (
          <Tr key={at}>
            <Td>
              <TimeAt iso={at} to="minute" />
            </Td>
            <Td className={differ === 0 ? 'text-ok' : 'text-danger'}>
              <span className="inline-flex items-center gap-1.5">
                <Icon name={differ === 0 ? 'check' : 'warning'} size={14} />
                {differ === 0 ? 'All right' : 'Wrong again'}
              </span>
            </Td>
            <Td numeric className="max-md:hidden">
              {formatCount(match)}
            </Td>
            <Td numeric>{formatCount(differ)}</Td>
            <Td numeric>{formatCount(moved)}</Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}
