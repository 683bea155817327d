'use client';

import { AcknowledgeLoss } from '#components/audit/acknowledge-loss';
import { entriesWords } from '#components/audit/audit-words.ts';
import { Card } from '#components/ui/card';
import { CopyButton } from '#components/ui/copy-button';
import { countOf, EM_DASH, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { type Stat, StatStrip } from '#components/ui/stat-strip';
import { Notice } from '#components/ui/states';
import { TimeAgo, TimeAt } from '#components/ui/time-text';
import type { AuditLoss, AuditStanding } from '#lib/report/audit-view';

/** Whether the audit is as it was written: its length, the last look, its head, and where else heads are kept. */
export function AuditStandingCard({ standing }: { standing: AuditStanding }) {
  const { check, anchors } = standing;
  const problems = check?.problem ? [check.problem.message] : anchors.problems;
  return (
    <Card aria-label="How it stands with the audit">
      {problems.length > 0 ? <Broken problems={problems} lost={check?.lost ?? null} /> : null}
      {check?.losses.map((loss) => (
        <Loss key={loss.position} loss={loss} />
      ))}
      <StatStrip
        stats={[
          chainStat(standing),
          entriesStat(standing),
          headStat(standing),
          keyStat(standing),
          anchorStat(standing),
        ]}
      />
    </Card>
  );
}

type Check = NonNullable<AuditStanding['check']>;

function Broken({ problems, lost }: { problems: readonly string[]; lost: Check['lost'] }) {
  return (
    <Notice tone="danger" role="alert" actions={lost === null ? null : <AcknowledgeLoss lost={lost} />}>
      <p className="font-medium">The audit is not as it was written.</p>
      {problems.map((message) => (
        <p key={message}>{message}</p>
      ))}
      {lost === null ? null : (
        <p>
          Were the records put back to an older backup? Then {entriesWords(lost)} lost, and nothing else is
          wrong: an admin can acknowledge that.
        </p>
      )}
      <p>
        Keep a copy of the database and of the data folder as they are now, and compare with your last export.
      </p>
    </Notice>
  );
}

/** What stands for ever: it is known, and no alarm. */
function Loss({ loss }: { loss: AuditLoss }) {
  const { from, to, by, at, position, reason } = loss;
  return (
    <Notice tone="warn">
      <p>
        <span className="font-medium">
          {from === to
            ? `Entry ${formatCount(from)} was`
            : `Entries ${formatCount(from)} to ${formatCount(to)} were`}{' '}
          lost when the records were put back to an older backup.
        </span>{' '}
        Acknowledged by {by} on <TimeAt iso={at} /> (entry {formatCount(position)}): {`“${reason}”`}
      </p>
    </Notice>
  );
}

function chainStat({ check, anchors }: AuditStanding): Stat {
  if (check === null) return { label: 'Chain', figure: EM_DASH, note: 'Not checked yet' };
  const isBroken = check.state === 'broken' || anchors.problems.length > 0;
  const isWhole = check.losses.length === 0;
  return {
    label: 'Chain',
    figure: isBroken ? 'Broken' : 'Unbroken',
    tone: isBroken ? 'danger' : isWhole ? 'ok' : 'warn',
    note: (
      <>
        Checked <TimeAgo iso={check.at} />, all of it <TimeAgo iso={check.wholeAt} />
      </>
    ),
  };
}

const entriesStat = ({ entries, check }: AuditStanding): Stat => ({
  label: 'Entries',
  figure: formatCount(entries),
  note: check === null ? 'None checked yet' : `${formatCount(check.entries)} checked`,
});

const headStat = ({ head, entries }: AuditStanding): Stat => ({
  label: 'Head',
  figure: head === null ? EM_DASH : <Mono>{head.slice(0, 12)}</Mono>,
  note:
    head === null ? (
      'No entry yet'
    ) : (
      <span className="flex flex-wrap items-center gap-x-1">
        Entry {formatCount(entries)}
        <CopyButton text={head} label="Copy in full" />
      </span>
    ),
});

const keyStat = ({ key }: AuditStanding): Stat => ({
  label: 'Signed with',
  figure: key === null ? EM_DASH : <Mono>{key.id.slice(0, 12)}</Mono>,
  note:
    key === null ? (
      'No key yet'
    ) : (
      <span className="flex flex-wrap items-center gap-x-1">
        Since entry {formatCount(key.since)}
        <CopyButton text={key.pem} label="Copy public key" />
      </span>
    ),
});

function anchorStat({ anchors: { stores, heads, newest } }: AuditStanding): Stat {
  return {
    label: 'Anchored in',
    figure: stores === 0 ? 'No ledger yet' : countOf(stores, 'ledger', 'ledgers'),
    note:
      newest === null
        ? 'Each apply takes the head with it'
        : `${countOf(heads, 'head', 'heads')}, the newest of entry ${formatCount(newest)}`,
  };
}
