import type { z } from 'zod';
import { Failure } from '#lib/base/failure';
import { parseDraft } from '#lib/plan/parse';
import { planToYaml } from '#lib/plan/to-file';
import { permit } from '#lib/recovery/access/permit';
import { listed } from '#lib/recovery/incidents/incident-missing';
import type { Context } from '#lib/recovery/setup/context';
import { type IncidentRef, incidentId } from '#lib/recovery/setup/find-incident';
import { draftOf } from '#lib/recovery/setup/incident-places';

/**
 * An incident's plan as a file for the command line. A database is named as `${LIVE_DATABASE_URL}`, never by its
 * address. The first line tells an editor where the schema is. Failures: not_found; plan.invalid while it is unfinished.
 */
export async function exportPlan(
  { store, actor }: Context,
  { ref }: z.output<typeof IncidentRef>,
  request: Request,
): Promise<Response> {
  permit(actor, 'incident.read');
  const id = await incidentId(store, ref);
  const incident = await store.incident.findUniqueOrThrow({ where: { id } });
  const { plan, problems } = parseDraft(draftOf(incident.plan));
  const name = `INC-${incident.number}`;
  if (plan === null) {
    const words = problems.map((p) => p.message).join(' ');
    throw new Failure('plan.invalid', `The plan of ${name} is not complete yet: ${words}`, {
      fix: 'Complete it in the set-up and on the timeline, then export it.',
      details: { problems: listed(problems) },
    });
  }
  const schema = new URL('/recovery-plan.schema.json', originOf(request));
  return new Response(`# yaml-language-server: $schema=${schema}\n${planToYaml(plan)}`, {
    headers: {
      'Content-Type': 'application/yaml; charset=utf-8',
      'Content-Disposition': `attachment; filename="${name}-plan.yaml"`,
    },
  });
}

/** The address that the operator's browser uses; the server's own may be another behind a proxy. */
function originOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  const forwarded = request.headers.get('x-forwarded-proto') === 'https' ? 'https:' : protocol;
  return `${forwarded}//${request.headers.get('host') ?? host}`;
}
