'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { toldProblem } from '#components/new-incident/problem-words.ts';
import { IconButton } from '#components/ui/button';
import { Menu, MenuDownload, MenuItem } from '#components/ui/menu';
import { useToast } from '#components/ui/toast';
import { CloseIncident } from '#components/workspace/close-incident';
import { useIncident } from '#components/workspace/use-incident.ts';

/** What is seldom done with an incident. */
export function MoreActions() {
  const { incident, reference } = useIncident();
  const { notify } = useToast();
  const router = useRouter();
  const [first] = incident.missing.map((each) => toldProblem(each, incident.plan));
  const [isClosing, setClosing] = useState(false);
  return (
    <>
      <Menu trigger={<IconButton icon="more" label="More actions" variant="default" size="md" />}>
        {first === undefined ? (
          <MenuDownload href={`/api/v1/incidents/${reference}/plan.yaml`}>Export plan</MenuDownload>
        ) : (
          <MenuItem
            icon="download"
            onSelect={() =>
              notify({
                title: 'The plan is not complete yet.',
                description: `${first.message} ${first.fix}`,
                tone: 'danger',
              })
            }
          >
            Export plan
          </MenuItem>
        )}
        <MenuItem icon="shield" onSelect={() => router.push(`/audit?incident=INC-${incident.number}`)}>
          What was done here
        </MenuItem>
        {incident.closedAt === null ? (
          <MenuItem icon="lock" onSelect={() => setClosing(true)}>
            Close incident
          </MenuItem>
        ) : null}
      </Menu>
      {isClosing ? <CloseIncident onClose={() => setClosing(false)} /> : null}
    </>
  );
}
