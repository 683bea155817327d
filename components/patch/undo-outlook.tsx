import { shownKey } from '#components/patch/words.ts';
import { countOf, formatCount } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { StatStrip } from '#components/ui/stat-strip';
import { Table, TableFooter, Td, Th, Tr } from '#components/ui/table';
import { Value } from '#components/ui/value';
import type { UndoOutlook as Found } from '#lib/patch/rehearsal';

/** The outlook without the whole list of rows that moved. */
export type Outlook = Omit<Found, 'movedSeqs'>;

/** Which rows still hold what the patch wrote, and which others changed since. */
export function UndoOutlook({ outlook }: { outlook: Outlook }) {
  const { rows, unmoved, moved } = outlook;
  const changed = rows - unmoved;
  return (
    <div className="overflow-hidden rounded-control border border-line">
      <StatStrip
        stats={[
          { label: 'Written by the patch', figure: formatCount(rows) },
          { label: 'Still as written', figure: formatCount(unmoved) },
          {
            label: 'Moved since',
            figure: formatCount(changed),
            ...(changed > 0 ? { tone: 'warn' as const } : {}),
          },
        ]}
      />
      {moved.length === 0 ? null : (
        <>
          <Table
            caption="Rows that moved since the patch"
            density="compact"
            frameClassName="max-h-56 border-line border-t"
          >
            <thead>
              <tr>
                <Th>Row</Th>
                <Th>What moved</Th>
                <Th numeric>Patch wrote</Th>
                <Th numeric>Live now</Th>
              </tr>
            </thead>
            <tbody>
              {moved.map((row) => (
                <Moved key={row.seq} row={row} />
              ))}
            </tbody>
          </Table>
          {changed > moved.length ? (
            <TableFooter>
              The first {moved.length} of {countOf(changed, 'row', 'rows')} that moved.
            </TableFooter>
          ) : null}
        </>
      )}
      {moved.length > 0 ? null : (
        <p className="flex items-center gap-2 border-line border-t px-3.5 py-2.5 text-ok">
          <Icon name="check" size={15} />
          Nobody has changed these rows since.
        </p>
      )}
    </div>
  );
}

function Moved({ row: { key, what, column, wrote, now } }: { row: Outlook['moved'][number] }) {
  const name = key.map(shownKey).join(', ');
  return (
    <Tr>
      <Td className="max-w-64 truncate font-mono text-[0.94em]" title={key.join(', ')}>
        {name}
      </Td>
      <Td className="text-text-2">
        {what === 'gone' ? 'The row is gone' : what === 'there' ? 'The row is there again' : column}
      </Td>
      <Td numeric>
        <Value
          value={what === 'changed' ? wrote : null}
          because={what === 'there' ? 'No row' : what === 'gone' ? 'A whole row' : 'NULL'}
        />
      </Td>
      <Td numeric>
        <Value
          value={what === 'changed' ? now : null}
          because={what === 'gone' ? 'No row' : what === 'there' ? 'A whole row' : 'NULL'}
        />
      </Td>
    </Tr>
  );
}
