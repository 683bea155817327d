'use client';

import Link from 'next/link';
import { useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { EraseDialog } from '#components/retention/erase-dialog';
import { Button } from '#components/ui/button';
import { Card, CardHeader } from '#components/ui/card';
import { formatBytes, formatCount } from '#components/ui/format.ts';
import { Tag } from '#components/ui/pill';
import { StatStrip } from '#components/ui/stat-strip';
import { EmptyState } from '#components/ui/states';
import { TimeAgo } from '#components/ui/time-text';
import type { KeptIncident, RetentionView } from '#lib/incident/retention';

/** What is kept now, incident by incident, and the button that erases it. */
export function KeptList({ view, onErased }: { view: RetentionView; onErased: () => void }) {
  const [erasing, setErasing] = useState<KeptIncident | null>(null);
  const { bytes, incidents, incidentsTotal } = view;
  return (
    <Card labelledBy="kept">
      <CardHeader titleId="kept" title="What is kept now" />
      <StatStrip
        stats={[
          { label: 'Staged events', figure: formatBytes(bytes.staged) },
          { label: 'Uploaded files', figure: formatBytes(bytes.uploads) },
          { label: 'Rows of previews and patches', figure: formatBytes(bytes.runs) },
        ]}
      />
      {incidents.length === 0 ? (
        <EmptyState title="No incident has anything kept." icon="archive">
          Uploads, previews and patches will be listed here by their size.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line border-line border-t" aria-label="Incidents, the largest first">
          {incidents.map((incident) => (
            <Kept key={incident.id} incident={incident} onErase={() => setErasing(incident)} />
          ))}
        </ul>
      )}
      {incidentsTotal > incidents.length ? (
        <p className="border-line border-t px-3.5 py-2 text-text-3 text-xs">
          The {formatCount(incidents.length)} largest of {formatCount(incidentsTotal)} incidents.
        </p>
      ) : null}
      {erasing === null ? null : (
        <EraseDialog
          incident={erasing}
          onClose={() => setErasing(null)}
          onErased={() => {
            setErasing(null);
            onErased();
          }}
        />
      )}
    </Card>
  );
}

function Kept({ incident, onErase }: { incident: KeptIncident; onErase: () => void }) {
  const { number, title, bytes, erased, keptBecause, isClosed, newestAt } = incident;
  const mayNot = useMayNot('incident.erase', 'erase it');
  const name = `INC-${number}`;
  const parts = [
    bytes.uploads > 0 ? `${formatBytes(bytes.uploads)} uploaded` : null,
    bytes.runs > 0 ? `${formatBytes(bytes.runs)} of rows` : null,
  ].filter((part) => part !== null);
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3.5 py-2.5">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex min-w-0 items-center gap-2">
          <Link href={`/incidents/${name}`} className="truncate font-medium hover:underline">
            {title}
          </Link>
          {erased === null && isClosed ? <Tag>Closed</Tag> : null}
        </div>
        <p className="text-text-3 text-xs">
          <code>{name}</code>
          {erased === null ? (
            <>
              {' · '}
              {parts.join(', ')}
              {' · newest '}
              <TimeAgo iso={newestAt} />
            </>
          ) : (
            <>
              {erased.doneAt === null ? ' · being erased, since ' : ' · erased '}
              <TimeAgo iso={erased.at} /> by {erased.by}
              {erased.bytes === null ? null : `, ${formatBytes(erased.bytes)}`}
            </>
          )}
        </p>
        {erased === null && keptBecause !== null ? (
          <p className="text-pretty text-text-3 text-xs">{keptBecause}</p>
        ) : null}
      </div>
      {erased === null ? (
        <Button
          size="sm"
          variant="danger"
          aria-label={`Erase what is kept of ${name}`}
          disabledReason={mayNot ?? keptBecause}
          onClick={onErase}
        >
          Erase
        </Button>
      ) : null}
    </li>
  );
}
