import { createHash } from 'node:crypto';
import type { AuditHead } from '#lib/base/audit-head';

// The audit's chain, told again from what was stored: nothing here asks the database for a hash. A line's hash is
// SHA-256(hash of the line before, its content); the first line follows on the hash of the chain's own name.

/** A line as it is stored; `detail` is the JSON text itself, `at` ISO with six decimals. */
export type StoredLine = {
  readonly seq: string;
  readonly at: string;
  readonly actor: string;
  readonly via: string | null;
  readonly address: string | null;
  readonly session: string | null;
  readonly action: string;
  readonly incident: string | null;
  readonly subject: string;
  readonly seal: string | null;
  readonly detail: string;
};

/** A place in the chain and the content of its line; null where the line is not there. */
export type Link = {
  readonly position: number;
  readonly prev: string;
  readonly hash: string;
  readonly content: string | null;
};

export type ChainBreak = {
  /** Where it is first seen. */
  readonly position: number;
  readonly kind: 'changed' | 'dropped' | 'moved' | 'unchained' | 'truncated' | 'rewritten' | 'unreadable';
  readonly message: string;
};

/** A head that was kept elsewhere. */
export type KeptHead = Omit<AuditHead, 'chain'> & { readonly where: string };

const text = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value));

/** What of a line is hashed: the canonical JSON of its fields. */
export const contentOf = (line: StoredLine): string =>
  `{"action":${text(line.action)},"actor":${text(line.actor)},"address":${text(line.address)},` +
  `"at":"${line.at}","detail":${line.detail},"incident":${text(line.incident)},"seal":${text(line.seal)},` +
  `"seq":${line.seq},"session":${text(line.session)},"subject":${text(line.subject)},"via":${text(line.via)}}`;

/** What the first line of a chain follows on. */
export const genesisOf = (chain: string): string =>
  createHash('sha256').update(`recount audit ${chain}`).digest('hex');

const hashOf = (prev: string, content: string): string =>
  createHash('sha256').update(Buffer.from(prev, 'hex')).update(content).digest('hex');

/** Whether a link's hash is that of its content, whatever stands before it. */
export const isSound = ({ prev, hash, content }: Link): boolean =>
  content !== null && hashOf(prev, content) === hash;

/** Where a walk begins: behind a link that is known to be right, or at the beginning of a chain. */
export type Footing = { readonly position: number; readonly hash: string };
export const footingOf = (chain: string): Footing => ({ position: 0, hash: genesisOf(chain) });

/** Walks a chain link by link, in the order of their positions, and stops at the first that is not right. */
export class ChainWalk {
  #last: Footing;
  #before: Footing;
  readonly #kept: readonly KeptHead[];
  readonly #byPosition = new Map<number, KeptHead[]>();

  constructor(from: Footing, kept: readonly KeptHead[]) {
    this.#last = from;
    this.#before = from;
    this.#kept = kept;
    for (const head of kept)
      this.#byPosition.set(head.position, [...(this.#byPosition.get(head.position) ?? []), head]);
  }

  /** The last link that was right. */
  get last(): Footing {
    return this.#last;
  }

  /** Where the next walk may begin: it looks at the last link once more, and so sees whether the end was cut off. */
  get before(): Footing {
    return this.#before;
  }

  /** Null where the link follows on the one before and all heads of its place agree. */
  step(link: Link): ChainBreak | null {
    const found = this.#breakAt(link);
    if (found !== null) return found;
    this.#before = this.#last;
    this.#last = { position: link.position, hash: link.hash };
    return null;
  }

  #breakAt({ position, prev, hash, content }: Link): ChainBreak | null {
    const due = this.#last.position + 1;
    if (position !== due) {
      const to = position - 1;
      const which = due === to ? `Entry ${due} is` : `Entries ${due} to ${to} are`;
      return { position: due, kind: 'dropped', message: `${which} not there any more.` };
    }
    if (content === null)
      return { position, kind: 'dropped', message: `What entry ${position} said is not there any more.` };
    if (prev !== this.#last.hash) {
      const before = position === 1 ? 'the beginning of this chain' : `entry ${position - 1}`;
      return {
        position,
        kind: 'moved',
        message: `Entry ${position} does not follow on ${before}: one of the two was changed, moved or put in.`,
      };
    }
    if (hashOf(prev, content) !== hash)
      return { position, kind: 'changed', message: `Entry ${position} was changed after it was written.` };
    const other = this.#byPosition.get(position)?.find((head) => head.hash !== hash);
    if (other === undefined) return null;
    return {
      position,
      kind: 'rewritten',
      message: `${other.where} has another entry ${position}: the chain up to there was written anew.`,
    };
  }

  /** After the last link: heads that lie behind it say that the end was cut off. */
  end(): ChainBreak | null {
    const due = this.#last.position + 1;
    const missing = this.#kept.find(({ position }) => position >= due);
    if (missing === undefined) return null;
    return {
      position: due,
      kind: 'truncated',
      message: `${missing.where} knows entry ${missing.position}, and the chain ends with ${this.#last.position}: its end was cut off.`,
    };
  }
}
