'use client';

import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { type CheckLine, CheckLines } from '#components/patch/check-lines';
import { PatchError } from '#components/patch/patch-error';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { isOpen } from '#components/patch/words.ts';
import { postJson } from '#components/query/api.ts';
import { Button, DownloadLink } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { TimeAgo } from '#components/ui/time-text';
import type { PatchView } from '#lib/patch/patch';
import type { Preflight, PreflightCheckName } from '#lib/patch/rehearsal';

const NAMES: Record<PreflightCheckName, string> = {
  identity: 'Live table',
  primary: 'Server',
  columns: 'Columns',
  privileges: 'Rights',
  ledger: 'Ledger',
  triggers: 'Triggers',
  foreign_keys: 'Foreign keys',
  row_security: 'Row security',
  replicas: 'Replicas',
  load: 'Load',
  size: 'Size',
};

/**
 * What an apply would meet at the live store, looked at when somebody asks: a page alone never opens a live store. The
 * answer is kept for both stages that show it.
 */
export function PreflightCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const refusal = useMayNot('patch.rehearse', 'look at the live store');
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: [...patchKey(patch.id), 'preflight'],
    queryFn: ({ signal }) => postJson<Preflight>(`${patchPath(patch.id)}/preflight`, {}, { signal }),
    enabled: false,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!isOpen(patch.state)) return null;
  return (
    <Card labelledBy={titleId} aria-busy={isFetching}>
      <CardHeader
        title="Before it is written"
        titleId={titleId}
        meta={
          <span role="status" className="flex flex-wrap items-center gap-2">
            {data === undefined ? null : (
              <>
                <Verdict preflight={data} />
                <TimeAgo iso={data.at} />
              </>
            )}
          </span>
        }
        actions={
          <Button
            size="sm"
            icon={data === undefined ? 'search' : 'again'}
            busy={isFetching}
            busyLabel="Looking"
            disabledReason={refusal}
            onClick={() => void refetch()}
          >
            {data === undefined ? 'Look now' : 'Look again'}
          </Button>
        }
      />
      {error === null ? null : <PatchError error={error} />}
      {data !== undefined ? (
        <>
          <CheckLines label="Checks of the live store" lines={linesOf(data)} />
          <LedgerScript patch={patch} preflight={data} />
        </>
      ) : isFetching ? (
        <SkeletonRows rows={4} label="Looking at the live store" />
      ) : error === null ? (
        <CardBody>
          <p className="text-pretty text-text-2">
            Looks at the live store for what the write would meet: columns, rights, ledger, triggers,
            replicas, load. It reads only; the apply checks the same again by itself.
          </p>
        </CardBody>
      ) : null}
    </Card>
  );
}

const URGENCY = { stop: 0, warning: 1, ok: 2 } as const;

/** What stops it first, then warnings, then what is in order. */
const linesOf = ({ checks }: Preflight): readonly CheckLine[] =>
  [...checks]
    .sort((a, b) => URGENCY[a.state] - URGENCY[b.state])
    .map(({ check, state, found, fix }) => ({ state, name: NAMES[check], words: found, fix }));

function Verdict({ preflight: { checks } }: { preflight: Preflight }) {
  const count = (state: 'stop' | 'warning') => checks.filter((one) => one.state === state).length;
  const [stops, warnings] = [count('stop'), count('warning')];
  if (stops > 0) {
    return (
      <Pill tone="danger" icon="stop">
        {countOf(stops, 'thing stops it', 'things stop it')}
      </Pill>
    );
  }
  return warnings > 0 ? (
    <Pill tone="warn" icon="warning">
      {countOf(warnings, 'warning', 'warnings')}
    </Pill>
  ) : (
    <Pill tone="ok" icon="check">
      Nothing in the way
    </Pill>
  );
}

/** Where the ledger is missing and the account may not make it: the script for whoever may. */
function LedgerScript({ patch, preflight }: { patch: PatchView; preflight: Preflight }) {
  const refusal = useMayNot('live_store.use', 'download it');
  const missing = preflight.checks.some(({ check, state }) => check === 'ledger' && state === 'stop');
  if (!missing || patch.kind === 'undo') return null;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t bg-sunken px-3.5 py-2.5">
      <p className="min-w-52 flex-1 text-pretty text-text-2">
        The script makes the schema <code>recount</code> with the ledger and gives this account the rights it
        needs. A DBA runs it once.
      </p>
      {refusal === null ? (
        <DownloadLink size="sm" href={`${patchPath(patch.id)}/ledger.sql`} download="recount-ledger.sql">
          Ledger script
        </DownloadLink>
      ) : (
        <Button size="sm" icon="download" disabledReason={refusal}>
          Ledger script
        </Button>
      )}
    </div>
  );
}
