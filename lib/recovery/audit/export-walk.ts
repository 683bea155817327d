import { breakOf, type ChainBreak, ChainWalk, footingOf } from '#lib/base/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';
import { type PublicKey, readPublic } from '#lib/base/audit-signature';
import { LOSS_ACTION, type Loss, readLoss } from '#lib/recovery/audit/losses';
import { KEY_ACTION, namedIn } from '#lib/recovery/audit/signing-key';
import { signedBy, unexplained } from '#lib/recovery/audit/verify-audit';
import type { ExportedLink, HeldTo, VerifiedExport } from '#lib/recovery/audit/verify-export';

/** What the first line of an export says. */
export type ExportFacts = Pick<VerifiedExport, 'head' | 'exportedAt' | 'complete'> & {
  /** Of the key that its head is signed with, as the file names it. */
  readonly publicKey: string | null;
};

/** A walk through the lines of an export, the first aside. */
export type ExportWalk = {
  readonly entries: number;
  step(link: ExportedLink): ChainBreak | null;
  /** After the last line. */
  end(): VerifiedExport['broken'];
  facts(): Omit<VerifiedExport, 'broken'>;
};

/** Every line, from the first to the head. */
export function wholeWalk(first: ExportFacts, { witnesses = [], keys = [] }: HeldTo): ExportWalk {
  const { head } = first;
  const asked = askedKeys(first, keys);
  const older = witnesses.filter(({ chain, position }) => chain === head.chain && position <= head.position);
  const walk = new ChainWalk(footingOf(head.chain), [...older, { ...head, where: 'The head of the file' }]);
  const losses: Loss[] = [];
  const named: { readonly id: string; readonly position: number }[] = [];
  const note = ({ position, content }: ExportedLink): void => {
    if (isOf(content, LOSS_ACTION)) losses.push(...lossesIn(position, content, head, asked));
    if (!isOf(content, KEY_ACTION)) return;
    const { detail } = JSON.parse(content) as { readonly detail: unknown };
    const key = namedIn(JSON.stringify(detail));
    if (key !== null) named.push({ id: key.id, position });
  };
  return {
    get entries() {
      return walk.last.position;
    },
    step: (link) => {
      const broken = walk.step(link);
      if (broken === null) note(link);
      return broken;
    },
    end: () => {
      const { position: last } = walk.last;
      const [disputed] = unexplained(walk.end(), losses);
      if (disputed !== undefined) {
        const broken = breakOf(disputed, last);
        return { ...broken, line: broken.position + 1 };
      }
      return unsigned(first, keys, asked) ?? unnamed(head, named);
    },
    facts: () => ({ ...factsOf(first, keys, asked), entries: walk.last.position, losses }),
  };
}

/** Lines that a filter chose: each by itself. */
export function partWalk(first: ExportFacts, { keys = [] }: HeldTo): ExportWalk {
  const asked = askedKeys(first, keys);
  let last = 0;
  let entries = 0;
  return {
    get entries() {
      return entries;
    },
    step: ({ position, hash, told }) => {
      if (position <= last || position > first.head.position)
        return { position, kind: 'moved', message: `Entry ${position} does not stand in its place.` };
      if (told !== hash)
        return { position, kind: 'changed', message: `Entry ${position} was changed after it was written.` };
      last = position;
      entries += 1;
      return null;
    },
    end: () => unsigned(first, keys, asked),
    facts: () => ({ ...factsOf(first, keys, asked), entries, losses: [] }),
  };
}

/** Keys of the canonical form stand in order: the action is the first. */
const isOf = (content: string, action: string): boolean => content.startsWith(`{"action":"${action}"`);

function lossesIn(position: number, content: string, head: AuditHead, keys: readonly PublicKey[]): Loss[] {
  const { at, actor, detail } = JSON.parse(content) as Readonly<Record<'at' | 'actor', string>> & {
    readonly detail: unknown;
  };
  const loss = readLoss({ position, at, actor, detail }, head.chain, keys);
  return loss === null ? [] : [loss];
}

/** The keys that were given; without any the one that the file names. */
function askedKeys({ publicKey }: ExportFacts, given: readonly PublicKey[]): readonly PublicKey[] {
  if (given.length > 0) return given;
  const own = publicKey === null ? null : readPublic(publicKey);
  return own === null ? [] : [own];
}

function factsOf(
  first: ExportFacts,
  given: readonly PublicKey[],
  asked: readonly PublicKey[],
): Pick<VerifiedExport, 'head' | 'exportedAt' | 'complete' | 'signature'> {
  const { publicKey: _, ...facts } = first;
  const key = signedBy(first.head, asked);
  const at = first.head.signed?.at ?? '';
  const from = given.length > 0 ? 'given' : 'file';
  return { ...facts, signature: key === null ? null : { key: key.id, at, from } };
}

/** A signature that is not right, or none where a key was given. */
function unsigned(
  { head }: ExportFacts,
  given: readonly PublicKey[],
  asked: readonly PublicKey[],
): VerifiedExport['broken'] {
  const { signed, position } = head;
  if (signedBy(head, asked) !== null) return null;
  if (signed === undefined && given.length === 0) return null;
  const isStrange = signed !== undefined && !asked.some(({ id }) => id === signed.key);
  const what =
    signed === undefined
      ? 'is not signed'
      : isStrange
        ? `is signed with the key ${signed.key.slice(0, 16)}, which is none of those ${given.length > 0 ? 'given' : 'in the file'}`
        : 'does not have the signature that it was given';
  return { position, kind: 'forged', message: `The head of the file ${what}.`, line: 1 };
}

/** The chain says with which keys its heads are signed: the file's must be one of them. */
function unnamed(
  { position, signed }: AuditHead,
  named: readonly { readonly id: string; readonly position: number }[],
): VerifiedExport['broken'] {
  const [first] = named;
  if (first === undefined || named.some(({ id }) => id === signed?.key)) return null;
  const message = `Since entry ${first.position} heads are signed, and that of the file is not signed with a key that its entries name.`;
  return { position, kind: 'forged', message, line: 1 };
}
