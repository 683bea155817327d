import { formatDifference } from '#components/ui/format.ts';
import { Difference, NoValue } from '#components/ui/value';
import type { IncidentRow } from '#lib/incident/incident';

const SHOWN = 2;

/** What the patch adds in all, a measure a line. Of more than two, the rest is in the title. */
export function NetCorrection({ row }: { row: Pick<IncidentRow, 'netDelta' | 'differ'> }) {
  if (row.netDelta.length === 0)
    return <NoValue because={row.differ === null ? 'Not previewed yet' : 'No numbers'} />;
  const rest = row.netDelta.slice(SHOWN);
  return (
    <span title={row.netDelta.map((net) => `${net.measure} ${formatDifference(net.value)}`).join('\n')}>
      {row.netDelta.slice(0, rest.length > 0 ? SHOWN - 1 : SHOWN).map((net) => (
        <span key={net.measure} className="block leading-snug">
          <Difference value={net.value} unit={net.measure} />
        </span>
      ))}
      {rest.length > 0 ? (
        <span className="block text-text-3 text-xs leading-snug">
          and {row.netDelta.length - SHOWN + 1} more
        </span>
      ) : null}
    </span>
  );
}
