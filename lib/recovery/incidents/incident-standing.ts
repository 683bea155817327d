import type { IncidentFacts } from '#lib/adapters/store/incident-facts';
import { parseInstant } from '#lib/base/instant';
import type { IncidentRow } from '#lib/incident/incident';
import { type Standing, standingOf } from '#lib/incident/stage';
import { isoOf } from '#lib/recovery/setup/iso';

type Found = NonNullable<IncidentFacts['shown']>;

const differing = ({ cells }: Found): number =>
  cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted;

/** Where an incident stands, from its facts. */
export function standingOfFacts(facts: IncidentFacts): Standing {
  const { found, overridden } = facts;
  return standingOf({
    closed: facts.closed_at !== null,
    archive: facts.archive_id !== null,
    survey: facts.survey_state,
    window: windowOf(facts) !== null,
    run:
      facts.run_state === null
        ? null
        : {
            state: facts.run_state,
            stale: facts.run_stale ?? false,
            blocked: found?.patch.blocked_by.some((block) => !overridden.includes(block)) ?? false,
            differ: found === null ? 0 : differing(found),
            writes: found === null ? 0 : found.patch.updates + found.patch.inserts + found.patch.deletes,
          },
    patch:
      facts.patch_state === null
        ? null
        : {
            state: facts.patch_state,
            ofLatestRun: facts.patch_of_latest_run ?? false,
            alarm: facts.patch_alarm ?? false,
          },
  });
}

function windowOf({ window_from, window_to }: IncidentFacts): IncidentRow['window'] {
  const [from, to] = [parseInstant(window_from ?? ''), parseInstant(window_to ?? '')];
  return from !== null && to !== null && from < to && window_from !== null && window_to !== null
    ? { from: window_from, to: window_to }
    : null;
}

/** A row of the list. */
export function incidentRow(facts: IncidentFacts): IncidentRow {
  const { shown } = facts;
  return {
    id: facts.id,
    number: facts.number,
    title: facts.title,
    liveTable: facts.live_table ?? (facts.live_kind === 'file' ? facts.live_name : null),
    ...standingOfFacts(facts),
    window: windowOf(facts),
    differ: shown === null ? null : differing(shown),
    netDelta: Object.entries(shown?.net ?? {}).map(([measure, value]) => ({ measure, value })),
    owner: facts.owner,
    updatedAt: isoOf(facts.updated_at),
    sample: facts.sample !== null,
  };
}
