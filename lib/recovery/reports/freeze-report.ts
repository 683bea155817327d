import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { currentReport, reportSubject, type Subject } from '#lib/recovery/reports/build-report';
import type { Context } from '#lib/recovery/setup/context';
import type { Report } from '#lib/report/report';

/** Written by Recount alone and kept to the byte: only that it is a report is checked. */
const Body = z.custom<Report>(
  (value) => typeof value === 'object' && value !== null && 'recount' in value && 'lead' in value,
  'is no report',
);

export const readBody = (value: unknown): Report => Body.parse(value);

/** Keeps a report as it is. Answers its id. */
export async function keepReport(
  tx: StoreTransaction,
  incidentId: string,
  { runId, patchId }: Pick<Subject, 'runId' | 'patchId'>,
  report: Report,
): Promise<string> {
  const text = JSON.stringify(report);
  const { id } = await tx.report.create({
    data: {
      incidentId,
      runId,
      patchId,
      body: JSON.parse(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    },
    select: { id: true },
  });
  return id;
}

/** The frozen report of a patch's last comparison; null where there is none. Copies that were shared are not it. */
export async function frozenReport(store: StoreTransaction, patchId: string): Promise<Report | null> {
  const row = await store.report.findFirst({
    where: { patchId, links: { none: {} } },
    orderBy: { createdAt: 'desc' },
  });
  return row === null ? null : readBody(row.body);
}

/** The last report of an incident that was frozen, whatever of its patch; null where there is none. */
export async function lastFrozen(store: StoreTransaction, incidentId: string): Promise<Report | null> {
  const row = await store.report.findFirst({
    where: { incidentId, links: { none: {} } },
    orderBy: { createdAt: 'desc' },
  });
  return row === null ? null : readBody(row.body);
}

/** Freezes the report of a patch that was compared, unless it says the same as the frozen one. */
export async function freezeOutcome(context: Context, incidentId: string, patchId: string): Promise<void> {
  const subject = await reportSubject(context.store, incidentId);
  if (subject.patchId !== patchId) return;
  const report = await currentReport(context, incidentId);
  const known = await frozenReport(context.store, patchId);
  if (known?.outcome !== report.outcome) await keepReport(context.store, incidentId, subject, report);
}
