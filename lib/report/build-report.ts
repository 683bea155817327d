import { checksOf } from '#lib/report/checks';
import type { ReportFacts } from '#lib/report/facts';
import { leadOf } from '#lib/report/lead';
import type { Report } from '#lib/report/report';
import { signedText } from '#lib/report/words';

/** Makes the report of a recovery from its facts. Pure: the same facts give the same report. */
export function buildReport(facts: ReportFacts): Report {
  const { summary, patch } = facts;
  const { updates, inserts, deletes } = summary.patch;
  const outcome = outcomeOf(facts);
  return {
    recount: 1,
    incident: facts.incident,
    title: facts.title,
    outcome,
    lead: leadOf(facts, outcome),
    summary,
    source: facts.source,
    counts: { updates, inserts, deletes },
    net: facts.net,
    columns: facts.columns,
    largest: facts.largest,
    leftOut: leftOutOf(facts),
    checks: checksOf(facts),
    verification: patch.verification,
    approval: patch.approval,
    timeline: facts.timeline,
    log: facts.log,
    warnings: summary.warnings,
    appliedAt: patch.appliedAt,
    ...(patch.undone === undefined ? {} : { undone: patch.undone }),
    madeAt: facts.madeAt,
  };
}

function outcomeOf({ summary, patch }: ReportFacts): Report['outcome'] {
  const { cells } = summary;
  if (cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted === 0)
    return 'no_differences';
  switch (patch.state) {
    case 'verified':
      return 'verified';
    case 'applied':
      return (patch.verification?.differ ?? 0) > 0 ? 'differs' : 'applied';
    case 'undone':
    case 'lost':
      return patch.state;
    case 'stale':
    case 'failed':
      return 'failed';
    case 'approved':
    case 'applying':
    case 'committing':
    case 'unknown':
      return 'approved';
    default:
      return 'previewed';
  }
}

function leftOutOf({ summary, onlyInLive, leftOutRows }: ReportFacts): Report['leftOut'] {
  const { cells } = summary;
  return [
    ...leftOutRows.map(({ reason, rows, net }) => ({ reason: operatorsReason(reason, net), rows })),
    {
      reason: 'Only in the live store: the archive holds no event of them. Kept, as the plan says.',
      rows: onlyInLive === 'keep' ? cells.only_in_live : 0,
    },
    { reason: 'Still filling: their bucket ends after the cut.', rows: cells.pending },
    {
      reason: 'Superseded: the live row holds a newer event than the window has.',
      rows: cells.superseded,
    },
  ].filter(({ rows }) => rows > 0);
}

/** In the operator's words, with what the rows would have changed. */
function operatorsReason(reason: string, net: Report['net']): string {
  const words = /[.!?…]$/.test(reason) ? reason : `${reason}.`;
  const effect = net.map((one) => `${one.measure} ${signedText(one.net)}`).join(', ');
  return effect === '' ? `Left out: ${words}` : `Left out: ${words} Not written, net: ${effect}.`;
}
