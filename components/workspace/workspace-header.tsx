'use client';

import { withParams } from '#components/timeline/window-url.ts';
import { CopyButton } from '#components/ui/copy-button';
import { Mono } from '#components/ui/mono';
import { PageHeader } from '#components/ui/page';
import { Pill } from '#components/ui/pill';
import { Stepper } from '#components/ui/stepper';
import { TimeAgo } from '#components/ui/time-text';
import { MoreActions } from '#components/workspace/more-actions';
import { stepsOf } from '#components/workspace/steps.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import { useTimelineChoice } from '#components/workspace/use-timeline-choice';
import type { IncidentView, Stage } from '#lib/incident/incident';

/** Title, source and target, and the six stages. */
export function WorkspaceHeader({ stage }: { stage: Stage }) {
  const { incident, reference } = useIncident();
  const choice = useTimelineChoice();
  const id = `INC-${incident.number}`;
  return (
    <div className="w-full px-3.5 pt-3.5 md:px-gutter md:pt-3">
      <PageHeader
        crumbs={[{ label: 'Incidents', href: '/incidents' }, { label: <Mono>{id}</Mono> }]}
        title={incident.title}
        pill={
          <Pill tone={incident.tone} {...(incident.tone === 'danger' ? { icon: 'warning' } : { dot: true })}>
            {incident.stageWord}
          </Pill>
        }
        meta={metaOf(incident)}
        actions={
          <>
            <span className="max-md:hidden">
              <CopyButton text={() => linkTo(choice.search)} label="Copy link" variant="default" size="md" />
            </span>
            <MoreActions />
          </>
        }
      />
      <Stepper steps={stepsOf(incident, reference, choice)} current={stage} />
    </div>
  );
}

/** The address with the window in it, also where the stage itself does not show one. */
function linkTo(search: string): string {
  const own = Object.fromEntries(new URLSearchParams(search));
  return `${window.location.origin}${window.location.pathname}${withParams(window.location.search, own)}`;
}

function metaOf({ archive, liveStore, plan, owner, openedAt, sample }: IncidentView) {
  const table = plan.live?.table;
  const version = plan.calculation?.replay_with;
  const live = liveStore === null ? null : table ? `${liveStore.name} · ${table}` : liveStore.name;
  const name = plan.calculation?.name;
  return [
    ...(archive === null ? [] : [{ term: 'Archive', value: <Mono>{archive.location}</Mono> }]),
    ...(live === null ? [] : [{ term: 'Live store', value: <Mono>{live}</Mono> }]),
    ...(name === undefined
      ? []
      : [
          {
            term: 'Calculation',
            value: <Mono>{typeof version === 'number' ? `${name} v${version}` : name}</Mono>,
          },
        ]),
    {
      term: 'Opened by',
      value: (
        <>
          {owner} <TimeAgo iso={openedAt} />
        </>
      ),
    },
    ...(sample ? [{ term: 'Sample', value: 'invented data' }] : []),
  ];
}
