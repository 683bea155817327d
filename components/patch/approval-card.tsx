'use client';

import { type ReactNode, useId, useState } from 'react';
import { ReviewForm } from '#components/patch/review-form';
import { ruleWords, stuckWords } from '#components/patch/review-words.ts';
import { BLOCK_NAMES, isOpen, nounOf } from '#components/patch/words.ts';
import { Avatar } from '#components/ui/avatar';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Pill, Tag } from '#components/ui/pill';
import { Notice } from '#components/ui/states';
import { minuteText } from '#components/ui/time.ts';
import { TimeAt } from '#components/ui/time-text';
import type { PatchView } from '#lib/patch/patch';

/** Beyond so many names nobody reads them. */
const NAMES_MOST = 8;

/** Who prepared it, who approved it or sent it back and on what grounds, who may, and the approval itself. */
export function ApprovalCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  const given = patch.approvals.filter(({ counts }) => counts).length;
  const rule = ruleWords(patch);
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="Approval"
        titleId={titleId}
        actions={
          <>
            {rule === null ? null : <Pill tone="acc">{rule}</Pill>}
            <span className="whitespace-nowrap text-text-3 text-xs">
              {given} of {patch.approvalsNeeded} needed
            </span>
          </>
        }
      />
      <Person
        name={patch.author}
        did={patch.undoes === null ? 'prepared the patch' : `asked to put patch ${patch.undoes.number} back`}
        at={patch.createdAt}
      >
        {patch.undoes === null ? null : <Grounds>{patch.undoes.reason}</Grounds>}
        <Helpers patch={patch} />
      </Person>
      {patch.overrides.map(({ block, by, at, reason }) => (
        <Person key={block} name={by} did={`let through: ${BLOCK_NAMES[block]}`} at={at} tag="override">
          <Grounds>{reason}</Grounds>
        </Person>
      ))}
      {patch.approvals.map((one) => (
        <Person
          key={`${one.approver} ${one.at}`}
          name={one.approver}
          did={one.counts ? 'approved' : 'approved, no longer valid'}
          at={one.at}
          tag={one.selfApproved ? 'self-approved' : undefined}
          until={one.counts && isOpen(patch.state) ? one.expiresAt : undefined}
        >
          <Grounds>{one.reason}</Grounds>
          {one.voidedBecause === null ? null : (
            <p className="mt-1.5 text-warn">This approval was voided: {one.voidedBecause}</p>
          )}
        </Person>
      ))}
      {patch.changesRequested === null ? null : (
        <Person name={patch.changesRequested.by} did="asked for changes" at={patch.changesRequested.at}>
          <Grounds>{patch.changesRequested.reason}</Grounds>
        </Person>
      )}
      <Waiting patch={patch} />
      {isOpen(patch.state) ? <ReviewForm patch={patch} /> : null}
      {patch.state === 'approved' ? (
        <Notice tone="ok" icon="shield">
          The {nounOf(patch)} is unchanged since approval. Any change makes a new seal, which asks for a new
          approval.
        </Notice>
      ) : null}
    </Card>
  );
}

/** Who else had a hand in it: they approve it as little as its author. */
function Helpers({ patch }: { patch: PatchView }) {
  const others = patch.authors.filter(({ name }) => name !== patch.author).map(({ name }) => name);
  if (others.length === 0) return null;
  return (
    <p className="mt-1 text-text-2">
      {others.join(', ')} had a hand in it too: changed the plan, or left rows out.
    </p>
  );
}

/** Whom it waits for, or how it goes on where nobody is there. */
function Waiting({ patch }: { patch: PatchView }) {
  if (patch.state !== 'proposed' && patch.state !== 'expired') return null;
  const stuck = stuckWords(patch);
  if (stuck !== null) return <Notice tone="warn">{stuck}</Notice>;
  if (patch.approvers.length === 0) return null;
  return (
    <CardBody className="border-line border-b text-pretty text-text-2 [overflow-wrap:anywhere]">
      May approve: <Names names={patch.approvers.map(({ name }) => name)} />
    </CardBody>
  );
}

/** A few names, and all of them on demand. */
function Names({ names }: { names: readonly string[] }) {
  const [all, setAll] = useState(false);
  const shown = all || names.length <= NAMES_MOST ? names : names.slice(0, NAMES_MOST - 1);
  if (shown.length === names.length) return `${names.join(', ')}.`;
  return (
    <>
      {shown.join(', ')}{' '}
      <button
        type="button"
        onClick={() => setAll(true)}
        className="rounded-tag text-accent underline underline-offset-2"
      >
        and {names.length - shown.length} more
      </button>
    </>
  );
}

const Grounds = ({ children }: { children: string }) => (
  <blockquote className="mt-1.5 border-line-2 border-l-2 pl-2.5 text-text-2 [overflow-wrap:anywhere]">
    {children}
  </blockquote>
);

type PersonProps = {
  name: string;
  did: string;
  at: string;
  tag?: string | undefined;
  until?: string | undefined;
  children?: ReactNode;
};

function Person({ name, did, at, tag, until, children }: PersonProps) {
  return (
    <div className="flex gap-2.5 border-line border-b px-3.5 py-2.5 last:border-b-0">
      <Avatar name={name} size="lg" decorative />
      <div className="min-w-0 flex-1">
        <p className="text-text-2">
          <b className="font-medium text-text">{name}</b> {did} {tag ? <Tag tone="warn">{tag}</Tag> : null}
        </p>
        <p className="text-text-3 text-xs">
          <TimeAt iso={at} />
          {until === undefined ? null : <span className="block">Counts until {minuteText(until)}</span>}
        </p>
        {children}
      </div>
    </div>
  );
}
