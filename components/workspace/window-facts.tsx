import { Card, CardBody, CardHeader } from '#components/ui/card';
import { type Definition, DefinitionList } from '#components/ui/definition-list';
import { Mono } from '#components/ui/mono';
import { formatTime } from '#components/ui/time.ts';
import { parseInstant } from '#lib/base/instant';
import type { DraftPlan } from '#lib/incident/incident';

const STATES: Readonly<Record<string, string>> = {
  window: 'The result over the window',
  bucketed: 'The result over a bucket',
  running: 'The result over all time',
  latest: 'The newest event',
};

/** What the plan says of the live rows, beside what the window means for them. */
export function WindowFacts({ plan }: { plan: DraftPlan }) {
  const items = factsOf(plan);
  return items.length === 0 ? null : (
    <Card labelledBy="window-facts">
      <CardHeader title="From the plan" titleId="window-facts" />
      <CardBody>
        <DefinitionList items={items} />
      </CardBody>
    </Card>
  );
}

function factsOf({ live, calculation, control }: DraftPlan): readonly Definition[] {
  const versions = calculation?.versions ?? [];
  const last = versions.at(-1);
  const measures = Object.entries(last?.measures ?? {});
  const bucket = live?.bucket;
  const cut = live?.cut;
  return [
    ...(live?.state ? [{ term: 'A live row holds', value: STATES[live.state] ?? live.state }] : []),
    ...(live?.table ? [{ term: 'Live table', value: <Mono>{live.table}</Mono> }] : []),
    ...(live?.keys?.length ? [{ term: 'Keys', value: <Mono>{live.keys.join(', ')}</Mono> }] : []),
    ...(live?.state === 'bucketed' && bucket?.column
      ? [
          {
            term: 'Bucket',
            value: (
              <>
                <Mono>{bucket.column}</Mono>, {bucket.size ?? 'no size yet'}, {bucket.timezone ?? 'UTC'}
              </>
            ),
          },
        ]
      : []),
    ...measures.map(([name, expression]) => ({
      term: (
        <>
          <Mono>{name}</Mono>
          {versions.length > 1 ? `, version ${last?.version}` : ''}
        </>
      ),
      value: <Mono>{expression}</Mono>,
    })),
    ...(cut
      ? [
          {
            term: 'Live rows reach to',
            value: parseInstant(cut) === null ? <Mono>{cut}</Mono> : formatTime(cut, { seconds: 'auto' }),
          },
        ]
      : []),
    ...(control?.from && control.to
      ? [
          {
            term: 'Healthy stretch',
            value: `${formatTime(control.from, { seconds: 'auto' })} – ${formatTime(control.to, { seconds: 'auto' })}`,
          },
        ]
      : []),
  ];
}
