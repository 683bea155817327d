import { useId } from 'react';
import { MayLink } from '#components/access/may-link';
import { Card, CardHeader } from '#components/ui/card';
import { Tag } from '#components/ui/pill';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import { NoValue } from '#components/ui/value';
import type { Survey } from '#lib/archive/survey';

type Fields = { id?: string; time?: string; ingested?: string; sequence?: string };
const ROLES: readonly (readonly [keyof Fields, string])[] = [
  ['id', 'event id'],
  ['time', 'happened at'],
  ['ingested', 'arrived at'],
  ['sequence', 'sequence'],
];

/** The columns with what they say, and the first rows under them. */
export function SampleCard({ survey, fields, setUp }: { survey: Survey; fields: Fields; setUp: string }) {
  const titleId = useId();
  const roleOf = (name: string) => ROLES.find(([role]) => fields[role] === name)?.[1];
  const numeric = (type: string) => /int|decimal|double|float/i.test(type);
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Columns and first rows"
        titleId={titleId}
        meta={`${survey.columns.length} columns`}
        actions={
          <MayLink size="sm" href={setUp} needs="incident.change" doing="edit the mapping">
            Edit mapping
          </MayLink>
        }
      />
      <Table caption="Columns of the archive and its first rows" frameClassName="max-h-112">
        <thead>
          <tr>
            {survey.columns.map((column) => (
              <Th key={column.name} numeric={numeric(column.type)} className="py-1.5 align-top">
                <span className="block font-mono text-text">{column.name}</span>
                <span className="block font-normal">
                  {column.type.toLowerCase()}
                  {roleOf(column.name) ? (
                    <>
                      {' '}
                      <Tag tone="acc">{roleOf(column.name)}</Tag>
                    </>
                  ) : null}
                </span>
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {survey.sampleRows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the first rows of the archive, in its order
            <Tr key={at}>
              {survey.columns.map((column, index) => (
                <Td
                  key={column.name}
                  numeric={numeric(column.type)}
                  className="max-w-72 truncate"
                  title={row[index] ?? 'NULL'}
                >
                  {row[index] ?? <NoValue because="NULL" />}
                </Td>
              ))}
            </Tr>
          ))}
        </tbody>
      </Table>
      {survey.sampleRows.length === 0 ? <TableFooter>No readable row.</TableFooter> : null}
    </Card>
  );
}
