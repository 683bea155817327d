'use client';

import { useId } from 'react';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { CopyButton } from '#components/ui/copy-button';
import { DefinitionList } from '#components/ui/definition-list';
import { formatBytes, formatCount, shortHash } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { Survey } from '#lib/archive/survey';

/** Where the archive is, and the hash that names exactly what was read. */
export function ArchiveSource({ survey }: { survey: Survey }) {
  const { incident } = useIncident();
  const titleId = useId();
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Source"
        titleId={titleId}
        actions={<CopyButton text={survey.manifestSha256} label="Copy hash" />}
      />
      <CardBody>
        <DefinitionList
          items={[
            { term: 'Archive', value: incident.archive?.name ?? 'Archive' },
            { term: 'Place', value: <Mono>{incident.archive?.location ?? ''}</Mono> },
            { term: 'Files', value: formatCount(survey.files) },
            { term: 'Size', value: formatBytes(survey.bytes) },
            { term: 'Format', value: survey.formats.join(', ') },
            { term: 'Folders', value: survey.layout === 'hive' ? 'by date and hour' : 'flat' },
            {
              term: 'Manifest',
              value: (
                <span title={survey.manifestSha256}>
                  <Mono>{shortHash(survey.manifestSha256)}</Mono>
                </span>
              ),
            },
          ]}
        />
        <p className="mt-3 text-pretty text-text-3 text-xs">
          The manifest is the SHA-256 over every file's name, size and content. A patch is bound to it: a file
          that changes later is noticed.
        </p>
      </CardBody>
    </Card>
  );
}
