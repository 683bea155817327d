import { join } from 'node:path';
import { z } from 'zod';
import { readTimeline } from '#lib/adapters/duckdb/timeline';
import { ROLLUP_FILE } from '#lib/adapters/staging/survey';
import { Failure } from '#lib/base/failure';
import { parseInstant } from '#lib/base/instant';
import { permit } from '#lib/recovery/access/permit';
import { readSurveyed } from '#lib/recovery/incidents/survey-record';
import { refuseErased } from '#lib/recovery/retention/erased';
import type { Context } from '#lib/recovery/setup/context';
import { IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { readerSession } from '#lib/recovery/setup/reader-session';
import type { Timeline } from '#lib/window/timeline';

const instant = z.string().transform((text, context) => {
  const parsed = parseInstant(text);
  if (parsed !== null) return parsed;
  context.addIssue('is no instant with an offset, such as 2024-06-10T12:00:00Z');
  return z.NEVER;
});

export const TimelineInput = IncidentRef.extend({
  clock: z.enum(['time', 'ingested']).default('time'),
  from: instant.optional(),
  to: instant.optional(),
  bins: z.coerce.number().int().min(1).max(1_440).default(288),
}).refine(({ from, to }) => from === undefined || to === undefined || from < to, {
  path: ['to'],
  message: 'is not later than from',
});

/**
 * The timeline of an incident's archive, from the roll-up that its newest finished reading wrote. Failures: not_found
 * for the incident, or while the archive has not been read.
 */
export async function showTimeline(
  { store, env, actor }: Context,
  { ref, clock, from, to, bins }: z.output<typeof TimelineInput>,
): Promise<Timeline> {
  permit(actor, 'incident.read');
  const incident = await store.incident.findUniqueOrThrow({ where: { id: await incidentId(store, ref) } });
  const survey = await readSurveyed(store, incident.id, incident.archiveId, 'done');
  if (survey === null || survey.dir === null) {
    throw new Failure('not_found', 'The archive has not been read yet, so there is no timeline.', {
      fix: 'Read the archive.',
    });
  }
  refuseErased('The figures of this timeline', survey.erasedAt);
  return readTimeline(await readerSession(env), join(survey.dir, ROLLUP_FILE), {
    clock,
    from: from ?? null,
    to: to ?? null,
    bins,
  });
}
