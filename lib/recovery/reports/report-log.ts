import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { isoOf } from '#lib/recovery/setup/iso';
import type { ReportEntry } from '#lib/report/report';
import { countWords, minuteText } from '#lib/report/words';

const MOST_LINES = 300;

const Detail = z
  .object({
    number: z.number(),
    run: z.number(),
    count: z.number(),
    updates: z.number(),
    inserts: z.number(),
    deletes: z.number(),
    reason: z.string(),
    block: z.string(),
    because: z.string(),
    selfApproved: z.boolean(),
    status: z.string(),
    transaction: z.string().nullable(),
    cells: z.number(),
    match: z.number(),
    differ: z.number(),
    expiresAt: z.string(),
    maskKeys: z.boolean(),
    leftOut: z.number(),
  })
  .partial();
type Detail = z.output<typeof Detail>;

const rowsText = ({ updates = 0, inserts = 0, deletes = 0 }: Detail): string =>
  countWords(updates + inserts + deletes, 'row', 'rows');

/** Rows that moved since and stay as they are. */
const leftText = ({ leftOut = 0 }: Detail): string =>
  leftOut === 0 ? '' : `, ${countWords(leftOut, 'row', 'rows')} left as they are`;

/** What a line of the audit is called in a report; `patch` as it is called there. What stands not here is no part of its story. */
const WORDS: Readonly<Record<string, (detail: Detail, patch: string) => string>> = {
  'incident.open': () => 'opened the incident',
  'incident.change': () => 'changed the set-up',
  'incident.close': () => 'closed the incident',
  'survey.start': () => 'had the archive read',
  'preview.start': ({ number }) => `started preview ${number ?? ''}`.trim(),
  'preview.cancel': () => 'cancelled a preview',
  'preview.fail': () => 'could not finish the preview',
  'run.leave_out': ({ count = 0, reason = '' }) =>
    `left ${countWords(count, 'row', 'rows')} out of the patch: “${reason}”`,
  'run.restore': ({ count = 0 }) => `took ${countWords(count, 'row', 'rows')} into the patch again`,
  'run.override': ({ block, reason }) =>
    `let the patch through although it is blocked by ${block ?? 'something'}${reason === undefined ? '' : `: “${reason}”`}`,
  'patch.request_changes': ({ reason }, patch) =>
    `asked for changes of ${patch}${reason === undefined ? '' : `: “${reason}”`}`,
  'patch.expired': (_, patch) => `let the approval of ${patch} expire`,
  'patch.reopened': (_, patch) => `took approvals of ${patch} back: they do not suffice any more`,
  'patch.propose': (detail) => `sent preview ${detail.run ?? ''} for review: ${rowsText(detail)}`,
  'patch.propose_undo': (detail) =>
    `asked to put patch ${detail.number ?? ''} back (${rowsText(detail)}${leftText(detail)})${detail.reason === undefined ? '' : `: “${detail.reason}”`}`,
  'patch.approve': ({ reason, selfApproved }, patch) =>
    `approved ${patch}${selfApproved ? ' (self-approved)' : ''}${reason === undefined ? '' : `: “${reason}”`}`,
  'patch.cancel': ({ because }, patch) => `took ${patch} back${because === undefined ? '' : `: ${because}`}`,
  'patch.rehearsed': ({ status }, patch) =>
    status === 'refused'
      ? `rehearsed ${patch} on the live store: it would be refused`
      : `rehearsed ${patch} on the live store and rolled it back`,
  'patch.export': (_, patch) => `took ${patch} as an SQL file, to be run by a DBA`,
  'patch.withdraw': (_, patch) => `withdrew ${patch}`,
  'patch.apply': (_, patch) => `started to write ${patch}`,
  'patch.settle': () => 'asked again what became of the commit',
  'patch.cancel_apply': () => 'asked to cancel the apply',
  'patch.applied': ({ status, transaction }, patch) =>
    status === 'already_applied'
      ? `found ${patch} written already; nothing was written again`
      : `wrote ${patch}${transaction ? ` in transaction ${transaction}` : ''}`,
  'patch.rolled_back': () => 'rolled the apply back; nothing was written',
  'patch.stale': () => 'wrote nothing: live rows had changed since the preview',
  'patch.failed': () => 'wrote nothing: the apply failed',
  'patch.unknown': () => 'lost the connection at the commit',
  'patch.undo': ({ because }, patch) => `put ${patch} back${because === undefined ? '' : ` ${because}`}`,
  'patch.undone': (_, patch) => `found that ${patch} was undone`,
  'patch.found': (_, patch) => `found ${patch} in the ledger of the live store: it is written`,
  'patch.lost': (_, patch) => `found that the live store does not have ${patch} any more`,
  'patch.verify': () => 'asked for another comparison',
  'patch.verified': ({ cells = 0 }, patch) =>
    `compared ${countWords(cells, 'row', 'rows')} with what ${patch} wrote: all are right`,
  'patch.differs': ({ cells = 0, differ = 0 }, patch) =>
    `compared ${countWords(cells, 'row', 'rows')} with what ${patch} wrote: ${countWords(differ, 'row differs', 'rows differ')}`,
  'patch.alarm_acknowledge': ({ reason }) =>
    `acknowledged the alarm${reason === undefined ? '' : `: “${reason}”`}`,
  'patch.verify_failed': () => 'could not compare the rows',
  'share.create': ({ expiresAt }) =>
    `shared the report${expiresAt === undefined ? '' : ` until ${minuteText(expiresAt)}`}`,
  'share.revoke': () => 'revoked a share link',
};

/** Who did what, in order, from the audit. Changes of the set-up one after the other are one line. */
export async function readLog(
  store: StoreTransaction,
  incidentId: string,
  nameOf: (id: string) => string,
): Promise<ReportEntry[]> {
  const lines = await store.audit.findMany({
    where: { incidentId, action: { in: Object.keys(WORDS) } },
    orderBy: { seq: 'desc' },
    take: MOST_LINES,
  });
  const called = await patchNames(store, incidentId);
  const entries: ReportEntry[] = [];
  for (const { at, actor, action, subject, detail } of lines.reverse()) {
    const words = WORDS[action]?.(Detail.catch({}).parse(detail), called(subject));
    if (words === undefined) continue;
    const entry = { at: isoOf(at), actor: nameOf(actor), words };
    const last = entries.at(-1);
    if (last?.words === words && last.actor === entry.actor) entries.pop();
    entries.push(entry);
  }
  return entries;
}

/** How the report calls the patch that an audit line is about: by its number where there are several. */
async function patchNames(
  store: StoreTransaction,
  incidentId: string,
): Promise<(subject: string | null) => string> {
  const patches = await store.patch.findMany({
    where: { incidentId },
    select: { id: true, number: true, undoes: { select: { number: true } } },
  });
  const names = new Map(
    patches.map(({ id, number, undoes }) => [
      `patch ${id}`,
      undoes === null ? `patch ${number}` : `patch ${number} (the undo of patch ${undoes.number})`,
    ]),
  );
  return (subject) => (patches.length < 2 ? 'the patch' : (names.get(subject ?? '') ?? 'the patch'));
}
