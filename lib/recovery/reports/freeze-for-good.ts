import { Failure } from '#lib/base/failure';
import { type Reading, reportSubject } from '#lib/recovery/reports/build-report';
import { keepReport, lastFrozen } from '#lib/recovery/reports/freeze-report';
import { newestReport } from '#lib/recovery/reports/read-report';

/**
 * Before the files go that a report is made of: keeps the report as it stands now. Nothing where there is none, where one
 * that says the same is kept, or where the files are gone or damaged already.
 */
export async function freezeForGood(context: Reading, incidentId: string): Promise<void> {
  const { store } = context;
  try {
    const subject = await reportSubject(store, incidentId);
    const { report, isNew } = await newestReport(context, incidentId);
    const known = await lastFrozen(store, incidentId);
    const isKept = !isNew && known?.outcome === report.outcome && known.source.seal === report.source.seal;
    if (!isKept) await keepReport(store, incidentId, subject, report);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
