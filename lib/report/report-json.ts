import type { Report } from '#lib/report/report';

/** The report as JSON, with author and approver also by name at the top: `approved_by` is `none` where nobody approved. */
export const reportJson = (report: Report): Report & { author: string; approved_by: string } => ({
  ...report,
  author: report.approval.author,
  approved_by: approvedByText(report),
});

/** `none`, a name, or `self-approved by NAME`. */
export function approvedByText({ approval: { approvedBy, selfApproved } }: Report): string {
  if (approvedBy === null) return 'none';
  return selfApproved ? `self-approved by ${approvedBy}` : approvedBy;
}
