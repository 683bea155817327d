import Link from 'next/link';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { Tag } from '#components/ui/pill';
import type { UsedBy } from '#lib/calculation/edition';

/** The incidents whose calculation was taken from here. */
export function UsedByCard({ usedBy }: { usedBy: readonly UsedBy[] }) {
  return (
    <Card labelledBy="used-by">
      <CardHeader title="Used by" titleId="used-by" />
      {usedBy.length === 0 ? (
        <CardBody>
          <p className="text-text-2">
            No incident has taken it yet. It is chosen in the set-up of an incident, under Calculation.
          </p>
        </CardBody>
      ) : (
        <ul className="divide-y divide-line">
          {usedBy.map(({ number, title, edition, isUnchanged, runs }) => (
            <li key={number} className="grid gap-0.5 px-3.5 py-2.5">
              <Link
                href={`/incidents/INC-${number}`}
                className="font-medium underline-offset-2 [overflow-wrap:anywhere] hover:underline"
              >
                INC-{number} {title}
              </Link>
              <p className="flex flex-wrap items-center gap-x-2 text-text-2 text-xs">
                <span>Edition {edition}</span>
                <span>{countOf(runs, 'preview by it', 'previews by it')}</span>
                {isUnchanged ? null : <Tag tone="warn">Changed since</Tag>}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
