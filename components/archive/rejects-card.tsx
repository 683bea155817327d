import { useId } from 'react';
import { Card, CardHeader } from '#components/ui/card';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import type { Survey } from '#lib/archive/survey';

/** What could not be read, where it stands, and why. Nothing when all could. */
export function RejectsCard({ survey }: { survey: Survey }) {
  const titleId = useId();
  if (survey.rejected === '0') return null;
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Set aside"
        titleId={titleId}
        meta={`${countOf(survey.rejected, 'record', 'records')} that can't be read; a patch is blocked unless the set-up allows them`}
      />
      <Table caption="Records that were set aside" frameClassName="max-h-96">
        <thead>
          <tr>
            <Th>File</Th>
            <Th numeric>Line or row</Th>
            <Th>Reason</Th>
            <Th>Record</Th>
          </tr>
        </thead>
        <tbody>
          {survey.rejects.map((reject) => (
            <Tr key={`${reject.file} ${reject.line}`}>
              <Td className="max-w-56 truncate font-mono text-[0.94em]" title={reject.file}>
                {reject.file}
              </Td>
              <Td numeric>{formatCount(reject.line)}</Td>
              <Td className="min-w-56 max-w-md whitespace-normal! py-1.5">{reject.reason}</Td>
              <Td className="max-w-80 truncate font-mono text-[0.94em] text-text-2" title={reject.record}>
                {reject.record}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
      {BigInt(survey.rejected) > BigInt(survey.rejects.length) ? (
        <TableFooter>
          The first {formatCount(survey.rejects.length)} of {formatCount(survey.rejected)}. A preview writes
          all of its window into rejects.csv.
        </TableFooter>
      ) : null}
    </Card>
  );
}
