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

/** What a line of the audit is called in a report. What stands not here is no part of its story. */
const WORDS: Readonly<Record<string, (detail: Detail) => string>> = {
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
  'patch.propose': (detail) => `sent preview ${detail.run ?? ''} for review: ${rowsText(detail)}`,
  'patch.propose_undo': (detail) =>
    `asked to put patch ${detail.number ?? ''} back (${rowsText(detail)}${leftText(detail)})${detail.reason === undefined ? '' : `: “${detail.reason}”`}`,
  'patch.approve': ({ reason, selfApproved }) =>
    `approved the patch${selfApproved ? ' (self-approved)' : ''}${reason === undefined ? '' : `: “${reason}”`}`,
  'patch.cancel': ({ because }) => `took the patch back${because === undefined ? '' : `: ${because}`}`,
  'patch.rehearsed': ({ status }) =>
    status === 'refused'
      ? 'rehearsed the patch on the live store: it would be refused'
      : 'rehearsed the patch on the live store and rolled it back',
  'patch.export': () => 'took the patch as an SQL file, to be run by a DBA',
  'patch.withdraw': () => 'withdrew the patch',
  'patch.apply': () => 'started the apply',
  'patch.settle': () => 'asked again what became of the commit',
  'patch.cancel_apply': () => 'asked to cancel the apply',
  'patch.applied': ({ status, transaction }) =>
    status === 'already_applied'
      ? 'found the patch applied already; nothing was written again'
      : `wrote the patch${transaction ? ` in transaction ${transaction}` : ''}`,
  'patch.rolled_back': () => 'rolled the apply back; nothing was written',
  'patch.stale': () => 'wrote nothing: live rows had changed since the preview',
  'patch.failed': () => 'wrote nothing: the apply failed',
  'patch.unknown': () => 'lost the connection at the commit',
  'patch.undo': ({ because }) => `put the patch back${because === undefined ? '' : `: ${because}`}`,
  'patch.undone': () => 'found that the patch was undone',
  'patch.verify': () => 'asked for another comparison',
  'patch.verified': ({ cells = 0 }) =>
    `compared ${countWords(cells, 'row', 'rows')} with what was written: all are right`,
  'patch.differs': ({ cells = 0, differ = 0 }) =>
    `compared ${countWords(cells, 'row', 'rows')} with what was written: ${countWords(differ, 'row differs', 'rows differ')}`,
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
  const entries: ReportEntry[] = [];
  for (const { at, actor, action, detail } of lines.reverse()) {
    const words = WORDS[action]?.(Detail.catch({}).parse(detail));
    if (words === undefined) continue;
    const entry = { at: isoOf(at), actor: nameOf(actor), words };
    const last = entries.at(-1);
    if (last?.words === words && last.actor === entry.actor) entries.pop();
    entries.push(entry);
  }
  return entries;
}
