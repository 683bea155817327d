import { blocksOf, type ReportFacts } from '#lib/report/facts';
import type { ReportCheck } from '#lib/report/report';
import { countText, countWords } from '#lib/report/words';

type State = ReportCheck['state'];

const check = (name: string, state: State, value: string, words: string): ReportCheck => ({
  name,
  words,
  value,
  state,
});

/** How the recovery was checked: what was done and held, what was done and did not, and what was not done. */
export function checksOf(facts: ReportFacts): ReportCheck[] {
  return [
    balance(facts),
    unreadable(facts),
    duplicates(facts),
    conflicts(facts),
    control(facts),
    archiveUnchanged(facts),
    ...written(facts),
    verified(facts),
    approved(facts),
    ...letThrough(facts),
  ];
}

function balance({ summary: { archive } }: ReportFacts): ReportCheck {
  const { records, accepted, duplicates: copies, rejected } = archive;
  const holds = records === accepted + copies + rejected;
  return check(
    'Records balance',
    holds ? 'passed' : 'failed',
    countText(records),
    `Every record of the opened files was accepted (${countText(accepted)}), an identical copy (${countText(copies)}) or rejected (${countText(rejected)}).`,
  );
}

function unreadable(facts: ReportFacts): ReportCheck {
  const { archive } = facts.summary;
  const blocks = blocksOf(facts).includes('rejects');
  return check(
    'Unreadable records',
    archive.rejected === 0 ? 'passed' : blocks ? 'failed' : 'note',
    archive.rejected === 0 ? 'none' : countText(archive.rejected),
    archive.rejected === 0
      ? 'Every record could be read and used.'
      : 'Set aside with file, line and reason; none was dropped in silence.',
  );
}

function duplicates({ summary: { archive, warnings } }: ReportFacts): ReportCheck {
  const blind = warnings.some(({ code }) => code === 'no_id');
  return blind
    ? check(
        'Duplicates',
        'not_done',
        'no id mapped',
        'Without an event id, events that were delivered twice cannot be told.',
      )
    : check(
        'Duplicates',
        'passed',
        archive.duplicates === 0 ? 'none' : countText(archive.duplicates),
        'Identical copies of an event were counted once.',
      );
}

function conflicts(facts: ReportFacts): ReportCheck {
  const { conflicts: choice } = facts;
  const n = facts.summary.archive.conflicting_ids;
  if (n === 0)
    return check('Ids with two contents', 'passed', 'none', 'No event id stands for different events.');
  if (choice === 'block' && !blocksOf(facts).includes('conflicting_ids'))
    return check(
      'Ids with two contents',
      'note',
      countText(n),
      'They blocked the patch and were let through.',
    );
  return check(
    'Ids with two contents',
    choice === 'block' ? 'failed' : 'note',
    countText(n),
    choice === 'block'
      ? 'The patch is blocked until it is decided which of them count.'
      : `The ${choice} of each was taken, as the plan says.`,
  );
}

function control({ summary: { control: found } }: ReportFacts): ReportCheck {
  const name = 'Healthy stretch reproduced';
  if (found === undefined)
    return check(
      name,
      'not_done',
      'not asked for',
      'The plan names no healthy stretch to try the calculation on.',
    );
  if (found.cells === 0)
    return check(
      name,
      'not_done',
      'no row',
      'The healthy stretch has no row of its own, so it proves nothing.',
    );
  return found.differ === 0
    ? check(
        name,
        'passed',
        countWords(found.cells, 'row', 'rows'),
        'On a stretch without the failure the calculation gives exactly the live rows.',
      )
    : check(
        name,
        'failed',
        `${countText(found.differ)} of ${countText(found.cells)} differ`,
        'On a stretch without the failure the calculation does not give the live rows.',
      );
}

const isWritten = ({ patch }: ReportFacts): boolean =>
  ['applied', 'verified', 'undone', 'lost'].includes(patch.state);

function archiveUnchanged(facts: ReportFacts): ReportCheck {
  const name = 'Archive unchanged';
  const files = countWords(facts.summary.archive.files, 'file', 'files');
  const { notAsked } = facts.patch;
  if (notAsked !== null) return check(name, 'not_done', 'not checked', notAsked);
  if (!isWritten(facts))
    return check(name, 'not_done', files, 'The files are compared again right before the apply.');
  if (facts.patch.archiveChecked === null)
    return check(name, 'not_done', 'not recorded', 'Whether the files were compared again is not on record.');
  return facts.patch.archiveChecked
    ? check(name, 'passed', files, 'Right before the apply every file still had its size and SHA-256.')
    : check(name, 'not_done', files, 'The apply was done without comparing the files again.');
}

function written(facts: ReportFacts): ReportCheck[] {
  const { patch } = facts.summary;
  const { notAsked } = facts.patch;
  if (notAsked !== null) return [check('Recorded in the ledger', 'not_done', 'not checked', notAsked)];
  const rows = countWords(patch.updates + patch.inserts + patch.deletes, 'row', 'rows');
  const done: State = isWritten(facts) ? 'passed' : facts.patch.error === null ? 'not_done' : 'failed';
  const value = done === 'passed' ? rows : done === 'failed' ? 'nothing written' : 'not applied';
  const { transaction, error } = facts.patch;
  return [
    check(
      'Guarded',
      done,
      value,
      error ??
        'Each row is written only where it still holds what the preview saw or, where it is added to, is still there: all of them, or none.',
    ),
    check(
      'Read back',
      done === 'passed' ? 'passed' : 'not_done',
      done === 'passed' ? rows : 'not applied',
      'Before the commit every row is read back and must hold what was planned.',
    ),
    check(
      'Recorded in the ledger',
      done === 'passed' ? 'passed' : 'not_done',
      done !== 'passed' ? 'not applied' : transaction === null ? 'yes' : `transaction ${transaction}`,
      'The live store keeps the seal beside the rows, in the same transaction: nothing is written twice.',
    ),
  ];
}

function verified(facts: ReportFacts): ReportCheck {
  const name = 'Compared after the commit';
  const { verification, notAsked } = facts.patch;
  if (notAsked !== null) return check(name, 'not_done', 'not checked', notAsked);
  if (verification === null) return check(name, 'not_done', 'not yet', 'The rows were not compared again.');
  const { cells, match, differ, moved } = verification;
  const value = `${countText(match)} of ${countText(cells)} match`;
  if (differ > 0)
    return check(
      name,
      'failed',
      value,
      `${countWords(differ, 'row differs', 'rows differ')} from what was written.`,
    );
  return moved > 0
    ? check(name, 'note', value, `${countWords(moved, 'row', 'rows')} moved on since, as running totals do.`)
    : check(name, 'passed', value, 'In a new session, after the commit.');
}

function approved({ patch: { approval } }: ReportFacts): ReportCheck {
  const name = 'Approved by a second person';
  if (approval.approvedBy === null) return check(name, 'not_done', 'none', 'Nobody else approved.');
  return approval.selfApproved
    ? check(name, 'note', 'self-approved', `${approval.author} prepared the patch and approved it.`)
    : check(name, 'passed', approval.approvedBy, 'Author and approver are two people.');
}

/** Each with the reason that the approver gave. */
const letThrough = ({ patch: { overrides = [] } }: ReportFacts): ReportCheck[] =>
  overrides.map(({ block, by, reason }) =>
    check(`Let through: ${block.replaceAll('_', ' ')}`, 'note', by, `“${reason}”`),
  );
