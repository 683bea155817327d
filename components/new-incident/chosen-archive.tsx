'use client';

import { Button } from '#components/ui/button';
import { countOf, formatBytes } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Mono } from '#components/ui/mono';
import { Tag } from '#components/ui/pill';
import type { ArchiveGlance } from '#lib/archive/survey';

type ChosenArchiveProps = {
  name: string | null;
  location: string | null;
  glance: ArchiveGlance | null;
  onChooseAnother: () => void;
};

/** The archive that was chosen, in a line: how many files, how large, of which form. */
export function ChosenArchive({ name, location, glance, onChooseAnother }: ChosenArchiveProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-control border border-line bg-bg px-3 py-2.5">
      <Icon name="archive" className="text-text-3" />
      <div className="min-w-0 flex-1 basis-52">
        <p className="truncate font-medium">{name ?? 'Archive'}</p>
        <p className="text-text-3 text-xs">
          {location ? (
            <>
              <Mono>{location}</Mono>
              {glance ? ' · ' : ''}
            </>
          ) : null}
          {glance ? `${countOf(glance.filesTotal, 'file', 'files')}, ${formatBytes(glance.bytes)}` : null}
        </p>
      </div>
      {glance ? (
        <span className="flex flex-wrap gap-1">
          {glance.formats.map((format) => (
            <Tag key={format}>{format}</Tag>
          ))}
          <Tag>{glance.layout === 'hive' ? 'folders by date' : 'flat'}</Tag>
        </span>
      ) : null}
      <Button size="sm" onClick={onChooseAnother}>
        Choose another
      </Button>
    </div>
  );
}
