import { createHash, hash } from 'node:crypto';
import type { AuditHead } from '#lib/base/audit-head';

// The audit's chain, told again from what was stored: the database is asked for no hash. A line's hash is
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

/** A place in the chain. */
export type Link = {
  readonly position: number;
  readonly prev: string;
  /** As it is stored. */
  readonly hash: string;
  /** As it is told again from what the line says; null where the line is not there. */
  readonly told: string | null;
};

export type ChainBreak = {
  /** Where it is first seen. */
  readonly position: number;
  readonly kind:
    | 'changed'
    | 'dropped'
    | 'moved'
    | 'unchained'
    | 'truncated'
    | 'rewritten'
    | 'forged'
    | 'unreadable';
  readonly message: string;
};

/** A head that was kept elsewhere, and who keeps it, in words that begin a sentence. */
export type KeptHead = AuditHead & { readonly where: string };
/** A head that the chain does not agree with: it has another line in its place, or none. */
export type Disputed = KeptHead & { readonly found: 'another' | 'none' };

const text = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value));

/** What of a line is hashed: the canonical JSON of its fields. */
export const contentOf = (line: StoredLine): string =>
  `{"action":${text(line.action)},"actor":${text(line.actor)},"address":${text(line.address)},` +
  `"at":"${line.at}","detail":${line.detail},"incident":${text(line.incident)},"seal":${text(line.seal)},` +
  `"seq":${line.seq},"session":${text(line.session)},"subject":${text(line.subject)},"via":${text(line.via)}}`;

/** What the first line of a chain follows on. */
export const genesisOf = (chain: string): string =>
  createHash('sha256').update(`recount audit ${chain}`).digest('hex');

/** The hash of a line: of the hash before it and its content. */
export const hashOf = (prev: string, content: string): string =>
  hash('sha256', Buffer.concat([Buffer.from(prev, 'hex'), Buffer.from(content)]), 'hex');

/** Where a walk begins: behind a link that is known to be right, or at the beginning of a chain. */
export type Footing = { readonly position: number; readonly hash: string };
export const footingOf = (chain: string): Footing => ({ position: 0, hash: genesisOf(chain) });

/** Walks a chain link by link, in the order of their positions, and stops at the first that is not right. */
export class ChainWalk {
  #last: Footing;
  #before: Footing;
  readonly #kept = new Map<number, KeptHead[]>();
  readonly #disputed: Disputed[] = [];

  constructor(from: Footing, kept: readonly KeptHead[]) {
    this.#last = from;
    this.#before = from;
    for (const head of kept)
      if (head.position > from.position)
        this.#kept.set(head.position, [...(this.#kept.get(head.position) ?? []), head]);
  }

  /** The last link that was right. */
  get last(): Footing {
    return this.#last;
  }

  /** Where the next walk may begin: it looks at the last link once more, and so sees whether the end was cut off. */
  get before(): Footing {
    return this.#before;
  }

  /** Null where the link follows on the one before. */
  step(link: Link): ChainBreak | null {
    const found = this.#breakAt(link);
    if (found !== null) return found;
    for (const head of this.#kept.get(link.position) ?? [])
      if (head.hash !== link.hash) this.#disputed.push({ ...head, found: 'another' });
    this.#before = this.#last;
    this.#last = { position: link.position, hash: link.hash };
    return null;
  }

  #breakAt({ position, prev, hash, told }: Link): ChainBreak | null {
    const due = this.#last.position + 1;
    if (position !== due) {
      const to = position - 1;
      const which = due === to ? `Entry ${due} is` : `Entries ${due} to ${to} are`;
      return { position: due, kind: 'dropped', message: `${which} not there any more.` };
    }
    if (told === null)
      return { position, kind: 'dropped', message: `What entry ${position} said is not there any more.` };
    if (prev !== this.#last.hash) {
      const before = position === 1 ? 'the beginning of this chain' : `entry ${position - 1}`;
      return {
        position,
        kind: 'moved',
        message: `Entry ${position} does not follow on ${before}: one of the two was changed, moved or put in.`,
      };
    }
    if (told === hash) return null;
    return { position, kind: 'changed', message: `Entry ${position} was changed after it was written.` };
  }

  /** After the last link: the heads that the chain does not agree with, by their positions. */
  end(): Disputed[] {
    const beyond = [...this.#kept.values()].flat().filter(({ position }) => position > this.#last.position);
    const missing = beyond.map((head): Disputed => ({ ...head, found: 'none' }));
    return [...this.#disputed, ...missing.sort((a, b) => a.position - b.position)];
  }
}

/** What a head says that the chain does not agree with. `last`: where the chain ends. */
export function breakOf({ found, where, position }: Disputed, last: number): ChainBreak {
  if (found === 'another')
    return {
      position,
      kind: 'rewritten',
      message: `${where} has another entry ${position}: the chain up to there was written anew.`,
    };
  return {
    position: last + 1,
    kind: 'truncated',
    message: `${where} knows entry ${position}, and the chain ends with ${last}: its end was cut off.`,
  };
}
