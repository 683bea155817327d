import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { PatchState } from '#lib/patch/patch';
import { PATCH_STATES } from '#lib/patch/patch';

const RUN_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
const count = z.number().catch(0);
const Shown = z.object({
  cells: z.object({
    changed: count,
    missing_in_live: count,
    only_in_live: count,
    deleted: count,
  }),
  net: z.record(z.string(), z.string()),
  patch: z.object({
    updates: count,
    inserts: count,
    deletes: count,
    blocked_by: z.array(z.string()),
  }),
});

const Facts = z.object({
  id: z.string(),
  number: z.number(),
  title: z.string(),
  owner: z.string(),
  sample: z.string().nullable(),
  archive_id: z.string().nullable(),
  live_name: z.string().nullable(),
  live_kind: z.string().nullable(),
  closed_at: z.date().nullable(),
  updated_at: z.date(),
  live_table: z.string().nullable(),
  window_from: z.string().nullable(),
  window_to: z.string().nullable(),
  survey_state: z.enum(RUN_STATES).nullable(),
  run_state: z.enum(RUN_STATES).nullable(),
  run_stale: z.boolean().nullable(),
  patch_state: z.enum(PATCH_STATES).nullable() satisfies z.ZodType<PatchState | null>,
  patch_of_latest_run: z.boolean().nullable(),
  /** Its corrected rows are wrong again, and nobody acknowledged it. */
  patch_alarm: z.boolean().nullable(),
  /** What blocks the newest run's patch and was let through. */
  overridden: z.array(z.string()),
  /** Of the newest run. */
  found: Shown.nullable(),
  /** Of the run whose patch stands, else of the newest finished one: the figures of the list. */
  shown: Shown.nullable(),
});

/** What of an incident and its newest survey, run and patch decides where it stands and what the list shows. */
export type IncidentFacts = z.output<typeof Facts>;

/** Reads the facts of one incident, or of all, the newest first. */
export async function readIncidentFacts(
  store: StoreTransaction,
  id: string | null = null,
): Promise<IncidentFacts[]> {
  const rows = await store.$queryRaw`
    select i.id::text, i.number, i.title, coalesce(who.name, i.created_by) as owner, i.sample, i.archive_id::text,
           l.name as live_name, l.kind as live_kind, i.closed_at,
           greatest(i.updated_at, s.finished_at, r.created_at, r.finished_at, p.created_at, p.applied_at, p.verified_at)
             as updated_at,
           i.plan -> 'live' ->> 'table' as live_table,
           i.plan -> 'window' ->> 'from' as window_from, i.plan -> 'window' ->> 'to' as window_to,
           s.state as survey_state, r.state as run_state, r.plan_revision <> i.plan_revision as run_stale,
           p.state as patch_state, p.run_id = r.id as patch_of_latest_run,
           p.alarm ->> 'kind' = 'differs' and p.alarm ->> 'acknowledged' is null as patch_alarm,
           array(select block from run_override where run_id = r.id) as overridden,
           case when r.summary is not null then json_build_object(
             'cells', r.summary -> 'cells', 'net', r.summary -> 'net_delta', 'patch', r.summary -> 'patch') end as found,
           d.shown
      from incident i
      left join person who on who.id = i.created_by
      left join live_store l on l.id = i.live_store_id
      left join lateral (
        select state, finished_at from survey
         where incident_id = i.id and archive ->> 'archiveId' = i.archive_id::text
         order by created_at desc limit 1) s on true
      left join lateral (select * from run where incident_id = i.id order by number desc limit 1) r on true
      left join lateral (
        select number, run_id, created_at, applied_at, verified_at, alarm,
               -- an undo that was written left the incident without a correction
               case when undoes_id is not null and state in ('applied', 'verified') then 'undone' else state end as state
          from patch
         where incident_id = i.id and (undoes_id is null or state not in ('cancelled', 'failed', 'stale', 'lost'))
         order by number desc limit 1) p on true
      left join lateral (
        select json_build_object(
            'cells', summary -> 'cells', 'net', summary -> 'net_delta', 'patch', summary -> 'patch') as shown
          from run where incident_id = i.id and state = 'done' and summary is not null
         order by (id = p.run_id and p.state in ('applied', 'verified')) desc nulls last, number desc limit 1) d on true
     where ${id}::uuid is null or i.id = ${id}::uuid
     order by i.number desc`;
  return z.array(Facts).parse(rows);
}
