import type { PatchState } from '#lib/patch/patch';
import { blocksOf, type ReportFacts } from '#lib/report/facts';
import type { Report } from '#lib/report/report';
import { countText, countWords, instantText, listText, minuteText, signedText } from '#lib/report/words';

/** The outcome in a few plain sentences, every figure from the run itself. */
export function leadOf(facts: ReportFacts, outcome: Report['outcome']): string {
  return [...foundWords(facts), ...outcomeWords(facts, outcome)].join(' ');
}

const patchRows = ({ summary: { patch } }: ReportFacts): number =>
  patch.updates + patch.inserts + patch.deletes;

function foundWords({ summary, source, patch }: ReportFacts): string[] {
  const { window, cells, archive } = summary;
  const differ = cells.changed + cells.missing_in_live + cells.only_in_live + cells.deleted;
  const compared = differ + cells.match + cells.superseded;
  const did = window.clock === 'time' ? 'happened' : 'arrived';
  const stretch = `events that ${did} from ${instantText(window.from)} up to ${instantText(window.to)}`;
  const read = countWords(archive.records, 'archived record', 'archived records');
  if (compared === 0) return [`No row of ${source.target} belongs to ${stretch} (${read} read).`];
  return [
    differ === 0
      ? `All ${countWords(compared, 'row', 'rows')} of ${source.target} compared for ${stretch} agree with the archive (${read} read).`
      : `Of ${countWords(compared, 'row', 'rows')} of ${source.target} compared for ${stretch}, ${countText(differ)} ${differWords(differ, patch.state)} from what ${read} say.`,
  ];
}

function differWords(n: number, state: PatchState): string {
  if (state === 'applied' || state === 'verified' || state === 'undone' || state === 'lost')
    return 'differed';
  return n === 1 ? 'differs' : 'differ';
}

function outcomeWords(facts: ReportFacts, outcome: Report['outcome']): string[] {
  const { patch } = facts;
  const rows = countWords(patchRows(facts), 'row', 'rows');
  if (patch.notAsked !== null) {
    return [
      `A correction of ${rows}${netWords(facts)} was prepared.`,
      `Whether it was written is not checked: ${patch.notAsked}`,
    ];
  }
  switch (outcome) {
    case 'no_differences':
      return ['Nothing had to be changed.'];
    case 'previewed':
      return previewedWords(facts, rows);
    case 'approved':
      return approvedWords(facts, rows);
    case 'failed':
      return [`The correction of ${rows} was not written: ${patch.error ?? 'the apply failed.'}`];
    case 'undone':
      return [writtenWords(facts, rows), undoneWords(patch)];
    case 'lost':
      return [
        writtenWords(facts, rows),
        'The live store does not have it any more: it was restored to a point before it, or failed over.',
      ];
    case 'applied':
      return [writtenWords(facts, rows), 'It was not compared again yet.', ...leftWords(facts)];
    case 'verified':
      return [writtenWords(facts, rows), verifiedWords(facts), ...leftWords(facts)];
    case 'differs': {
      const differ = patch.verification?.differ ?? 0;
      return [
        writtenWords(facts, rows),
        `Compared again, ${countWords(differ, 'row differs', 'rows differ')} from what was written: something changed ${differ === 1 ? 'it' : 'them'} afterwards.`,
      ];
    }
  }
}

function undoneWords({ undone }: ReportFacts['patch']): string {
  if (undone === undefined) return 'It was put back afterwards.';
  const { patch, by, approvedBy, at, reason, leftOut } = undone;
  const when = at === null ? '' : ` on ${minuteText(at)}`;
  const who = approvedBy === null || approvedBy === by ? by : `${by}, approved by ${approvedBy}`;
  const left =
    leftOut === 0
      ? ''
      : ` ${countWords(leftOut, 'row', 'rows')} had moved on and stayed as ${leftOut === 1 ? 'it was' : 'they were'}.`;
  return `It was put back by patch ${patch}${when} (${who}: “${reason}”).${left}`;
}

function previewedWords(facts: ReportFacts, rows: string): string[] {
  const blocks = blocksOf(facts);
  if (patchRows(facts) === 0)
    return ['There is nothing to write: the plan keeps rows that only the live store has.'];
  const blocked = blocks.length === 0 ? [] : [`It is blocked by ${listText(blocks)}.`];
  return [`A correction of ${rows}${netWords(facts)} is prepared; nothing is written yet.`, ...blocked];
}

function approvedWords(facts: ReportFacts, rows: string): string[] {
  const { approval, state } = facts.patch;
  const by = approval.approvedBy === null ? '' : ` by ${approval.approvedBy}`;
  const self = approval.selfApproved ? ' (self-approved)' : '';
  const approved = `A correction of ${rows}${netWords(facts)} is approved${by}${self};`;
  if (state === 'approved') return [`${approved} nothing is written yet.`];
  if (state === 'unknown') return [`${approved} whether the live store committed it is not settled yet.`];
  return [`${approved} it is being written.`];
}

function writtenWords(facts: ReportFacts, rows: string): string {
  const { appliedAt } = facts.patch;
  const when = appliedAt === null ? '' : ` on ${minuteText(appliedAt)}`;
  return `${rows}${netWords(facts)} ${patchRows(facts) === 1 ? 'was' : 'were'} corrected in one transaction${when}.`;
}

function verifiedWords({ patch: { verification } }: ReportFacts): string {
  if (verification === null) return '';
  const { cells, match, moved } = verification;
  if (moved > 0)
    return `Compared again afterwards, ${countText(match)} of ${countWords(cells, 'row', 'rows')} are as written and ${countText(moved)} moved on since.`;
  return cells === 1
    ? 'It was compared again afterwards and matches.'
    : `All ${countText(cells)} were compared again afterwards and match.`;
}

function leftWords({ summary: { cells }, onlyInLive, leftOutRows }: ReportFacts): string[] {
  const out = leftOutRows.reduce((sum, { rows }) => sum + rows, 0);
  const isKept = onlyInLive === 'keep' && cells.only_in_live > 0;
  return [
    ...(out > 0 ? [`${countWords(out, 'row was', 'rows were')} left out by the operator.`] : []),
    ...(isKept
      ? [
          `${countWords(cells.only_in_live, 'row that only the live store has was', 'rows that only the live store has were')} kept.`,
        ]
      : []),
  ];
}

/** ` (points +18,176, events +412)`. */
function netWords({ net }: ReportFacts): string {
  if (net.length === 0) return '';
  return ` (${net.map((one) => `${one.measure} ${signedText(one.net)}`).join(', ')})`;
}
