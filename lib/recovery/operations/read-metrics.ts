import { Gauge, Registry } from 'prom-client';
import { z } from 'zod';
import { exposition, theMetrics } from '#lib/adapters/metrics/metrics';
import { countWorkers } from '#lib/adapters/store/job-leases';
import { lostValues } from '#lib/adapters/store/sealed-values';
import { permit } from '#lib/recovery/access/permit';
import { readAuditCheck } from '#lib/recovery/audit/read-audit-standing';
import { freeBytes } from '#lib/recovery/operations/disk-room';
import { findMetrics } from '#lib/recovery/operations/worker-metrics';
import type { Context } from '#lib/recovery/setup/context';

const Counts = z.array(z.object({ name: z.string(), state: z.string(), n: z.number() }));

/** The numbers of web, worker and records as Prometheus reads them. No value, no name of a table, store or person. */
export async function readMetrics(context: Context): Promise<Response> {
  permit(context.actor, 'metrics.read');
  const records = JSON.stringify(await (await recordsRegistry(context)).getMetricsAsJSON());
  const worker = await findMetrics(context.env);
  const text = await exposition(theMetrics().registry, worker === null ? [records] : [records, worker]);
  return new Response(text, { headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' } });
}

/** What the records say at this moment. */
async function recordsRegistry({ store, env, key }: Context): Promise<Registry> {
  const registry = new Registry();
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const byState = async (name: string, help: string, rows: unknown): Promise<void> => {
    const states = gauge(name, help, ['kind', 'state']);
    for (const row of Counts.parse(rows)) states.set({ kind: row.name, state: row.state }, row.n);
  };
  await byState(
    'recount_queue_jobs',
    'Jobs that wait or run.',
    await store.$queryRaw`
      select name, state::text as state, count(*)::int as n from pgboss.job
       where state in ('created', 'retry', 'active') group by 1, 2`,
  );
  await byState(
    'recount_records',
    'Patches, previews and readings of archives by state.',
    await store.$queryRaw`
      select 'patch' as name, state, count(*)::int as n from patch group by 2
      union all select 'preview', state, count(*)::int from run group by 2
      union all select 'survey', state, count(*)::int from survey group by 2`,
  );
  const [open] = Counts.parse(
    await store.$queryRaw`
      select '' as name, '' as state, count(*)::int as n from patch
       where alarm is not null and alarm ->> 'acknowledged' is null`,
  );
  gauge('recount_alarms_open', 'Patches with an alarm that nobody acknowledged.').set(open?.n ?? 0);
  gauge('recount_workers', 'Living workers.').set(await countWorkers(store));
  const silent = await store.ledgerCheck.count({ where: { failures: { gt: 0 } } });
  gauge('recount_ledgers_silent', 'Live stores whose ledger did not answer when last asked.').set(silent);
  const erasing = await store.erasure.count({ where: { doneAt: null } });
  gauge('recount_erasures_begun', 'Erasures whose files are not all removed yet.').set(erasing);
  const audit = await readAuditCheck(store);
  const broken = gauge('recount_audit_broken', 'Whether the last look at the audit found it broken.');
  broken.set(audit?.state === 'broken' ? 1 : 0);
  const lost = await lostValues(store, key);
  gauge('recount_passwords_lost', 'Passwords that the key does not open.').set(lost.length);
  gauge('recount_data_free_bytes', 'Free room where the data folder lies.').set(await freeBytes(env.dataDir));
  return registry;
}
