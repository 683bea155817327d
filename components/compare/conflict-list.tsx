'use client';

import { useQuery } from '@tanstack/react-query';
import { differingFields } from '#components/compare/differing-fields.ts';
import { errorLine, runPath } from '#components/compare/use-run.ts';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { DownloadLink } from '#components/ui/button';
import { countOf, formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Mono } from '#components/ui/mono';
import { TableFooter } from '#components/ui/table';
import type { ConflictingIds } from '#lib/compare/discrepancy';

/** Which event ids have several contents, and in which fields those differ: the first of them. */
export function ConflictList({ runId, total }: { runId: string; total: number }) {
  const { data, error } = useQuery({
    queryKey: ['conflicts', runId],
    queryFn: ({ signal }) => getJson<ConflictingIds>(`${runPath(runId)}/conflicts`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null)
    return apiErrorOf(error).code === 'not_found' ? null : <p role="alert">{errorLine(error)}</p>;
  if (data === undefined) return <SkeletonRows rows={2} label="Reading the ids in conflict" />;
  return (
    <div className="min-w-0 overflow-hidden rounded-control border border-line bg-surface text-text">
      <ul aria-label="Event ids with several contents" className="divide-y divide-line">
        {data.ids.map(({ id, copies }) => (
          <li key={id} className="grid gap-0.5 px-3 py-2">
            <span className="font-medium font-mono text-xs">{id}</span>
            <Copies copies={copies} />
          </li>
        ))}
      </ul>
      <TableFooter>
        <span>
          {data.ids.length < total
            ? `The first ${formatCount(data.ids.length)} of ${formatCount(total)} ids.`
            : `${countOf(total, 'id', 'ids')}.`}
        </span>
        <DownloadLink size="sm" className="ml-auto" href={`${runPath(runId)}/conflicts.csv`}>
          conflicts.csv
        </DownloadLink>
      </TableFooter>
    </div>
  );
}

function Copies({ copies }: Pick<ConflictingIds['ids'][number], 'copies'>) {
  const fields = differingFields(copies.map(({ record }) => record));
  return (
    <ul className="grid gap-x-4 gap-y-1 text-text-2">
      {copies.map(({ file, line, record }) => (
        <li key={`${file} ${line}`} className="flex flex-wrap gap-x-3">
          {fields.map((field) => (
            <span key={field}>
              <Mono>{field}</Mono> {record[field] ?? 'NULL'}
            </span>
          ))}
          <span className="text-text-3">
            {file}, line {line}
          </span>
        </li>
      ))}
    </ul>
  );
}
