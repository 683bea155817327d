'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { rowsNote } from '#components/patch/guard-words.ts';
import { PatchRowCards } from '#components/patch/patch-row-cards';
import { OPS } from '#components/patch/patch-row-words.ts';
import { patchKey, patchPath } from '#components/patch/use-patch.ts';
import { shownKey } from '#components/patch/words.ts';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardHeader } from '#components/ui/card';
import { formatCount } from '#components/ui/format.ts';
import { SkeletonRows } from '#components/ui/loading';
import { Pill } from '#components/ui/pill';
import { EmptyState, ErrorState } from '#components/ui/states';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import { minuteText } from '#components/ui/time.ts';
import { Difference, NoValue, Value } from '#components/ui/value';
import { AT_DESK, useMedia } from '#components/workspace/use-media.ts';
import type { Op, PatchRowsPage, PatchView } from '#lib/patch/patch';

const PAGE_ROWS = { desk: 50, phone: 10 } as const;

/** Every row that will be written, before and after, page by page. */
export function PatchRows({ patch }: { patch: PatchView }) {
  const { id: patchId, erasedAt } = patch;
  const titleId = useId();
  const isDesk = useMedia(AT_DESK);
  const size = isDesk ? PAGE_ROWS.desk : PAGE_ROWS.phone;
  const [offset, setOffset] = useState(0);
  const page = useQuery({
    queryKey: [...patchKey(patchId), 'rows', offset, size],
    queryFn: ({ signal }) =>
      getJson<PatchRowsPage>(`${patchPath(patchId)}/rows?offset=${offset}&limit=${size}`, { signal }),
    enabled: erasedAt === null,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const data = page.data;
  const last = data === undefined ? 0 : Math.min(data.total, offset + data.rows.length);
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="Rows" titleId={titleId} meta={data === undefined ? null : rowsNote(patch)} />
      {erasedAt !== null ? (
        <EmptyState title="The rows of this patch were erased." icon="archive">
          On {minuteText(erasedAt)}. The report and the audit remain.
        </EmptyState>
      ) : page.isError ? (
        <ErrorState
          compact
          error={apiErrorOf(page.error)}
          actions={<Button onClick={() => void page.refetch()}>Try again</Button>}
        />
      ) : data === undefined ? (
        <SkeletonRows rows={6} label="Reading the rows" />
      ) : data.total === 0 ? (
        <EmptyState title="This patch writes no row." />
      ) : (
        <>
          {isDesk ? <RowsTable data={data} offset={offset} /> : <PatchRowCards data={data} offset={offset} />}
          <TableFooter>
            <span role="status">
              {formatCount(offset + 1)} to {formatCount(last)} of {formatCount(data.total)}
            </span>
            <span className="ml-auto flex gap-1.5">
              <Button
                size="sm"
                icon="chevron-left"
                disabledReason={offset === 0 ? 'These are the first rows.' : null}
                onClick={() => setOffset(Math.max(0, offset - size))}
              >
                Previous
              </Button>
              <Button
                size="sm"
                busy={page.isPlaceholderData}
                disabledReason={last >= data.total ? 'These are the last rows.' : null}
                onClick={() => setOffset(offset + size)}
              >
                Next
              </Button>
            </span>
          </TableFooter>
        </>
      )}
    </Card>
  );
}

function RowsTable({ data, offset }: { data: PatchRowsPage; offset: number }) {
  const { keys, measures } = data.columns;
  const single = measures.length === 1;
  return (
    <Table caption="Rows of the patch" frameClassName="max-h-[26rem]" aria-rowcount={data.total + 1}>
      <thead>
        <tr>
          <Th>What</Th>
          {keys.map((key) => (
            <Th key={key}>{key}</Th>
          ))}
          {measures.map((measure) => (
            <MeasureHeads key={measure} measure={single ? null : measure} />
          ))}
        </tr>
      </thead>
      <tbody>
        {data.rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the patch
          <Tr key={offset + at} aria-rowindex={offset + at + 2}>
            <Td>
              <Pill tone={OPS[row.op].tone}>{OPS[row.op].word}</Pill>
            </Td>
            {keys.map((key, index) => (
              <Td
                key={key}
                className="max-w-72 truncate font-mono text-[0.94em]"
                title={row.keys[index] ?? 'NULL'}
              >
                <KeyText value={row.keys[index] ?? null} />
              </Td>
            ))}
            {measures.map((measure, index) => (
              <MeasureCells
                key={measure}
                op={row.op}
                before={row.before[index]}
                after={row.after[index]}
                delta={row.delta[index]}
              />
            ))}
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

function KeyText({ value }: { value: string | null }) {
  return value === null ? <NoValue because="NULL" /> : shownKey(value);
}

function MeasureHeads({ measure }: { measure: string | null }) {
  const before = measure === null ? '' : `${measure} `;
  return (
    <>
      <Th numeric className={measure === null ? undefined : 'border-l'}>
        {measure === null ? 'Before' : `${before}before`}
      </Th>
      <Th numeric>{measure === null ? 'After' : `${before}after`}</Th>
      <Th numeric>Change</Th>
    </>
  );
}

type MeasureCellsProps = {
  op: Op;
  before: string | null | undefined;
  after: string | null | undefined;
  delta: string | null | undefined;
};

function MeasureCells({ op, before = null, after = null, delta = null }: MeasureCellsProps) {
  return (
    <>
      <Td numeric className="text-text-2">
        <Value value={before} because={op === 'insert' ? 'No live row' : 'NULL'} />
      </Td>
      <Td numeric>
        <Value value={after} because={op === 'delete' ? 'No row' : 'NULL'} />
      </Td>
      <Td numeric>
        <Difference value={delta} because="Not a number" />
      </Td>
    </>
  );
}
