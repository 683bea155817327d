import { MayLink } from '#components/access/may-link';
import { Card } from '#components/ui/card';
import { Notice } from '#components/ui/states';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { IncidentView } from '#lib/incident/incident';

/** What the plan still needs before a preview can run, each with what to do. */
export function MissingList({ missing }: { missing: IncidentView['missing'] }) {
  const { incident } = useIncident();
  return (
    <Card aria-label="What the plan still needs">
      <Notice
        tone="warn"
        actions={
          <MayLink
            size="sm"
            href={`/incidents/new?incident=INC-${incident.number}`}
            needs="incident.change"
            doing="complete the set-up"
          >
            Complete the set-up
          </MayLink>
        }
      >
        <p className="font-medium">Before a preview can run</p>
        <ul className="mt-1 grid gap-1">
          {missing.map((each) => (
            <li key={`${each.path} ${each.message}`}>
              {each.message} {each.fix}
            </li>
          ))}
        </ul>
      </Notice>
    </Card>
  );
}
