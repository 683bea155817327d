import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type ChainBreak, ChainWalk, footingOf, isSound, type Link } from '#lib/base/audit-chain';
import { AuditHead } from '#lib/base/audit-head';
import { canonicalJson } from '#lib/base/canonical-json';
import { Failure } from '#lib/base/failure';
import type { Witness } from '#lib/recovery/audit/verify-audit';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const First = z.object({
  recount_audit: z.literal(1),
  chain: z.uuid(),
  head: AuditHead,
  exported_at: z.string(),
  complete: z.boolean(),
});
const Line = z.object({
  position: z.number().int().positive(),
  prev: Hash,
  hash: Hash,
  entry: z.record(z.string(), z.unknown()),
});

export type VerifiedExport = {
  readonly head: AuditHead;
  readonly exportedAt: string;
  /** False: a part of the audit, chosen by a filter; each line was told by itself. */
  readonly complete: boolean;
  readonly entries: number;
  readonly broken: (ChainBreak & { readonly line: number }) | null;
};

/**
 * Tells every hash of an exported file again, without any database: of a whole export the chain from its first line to its
 * head, and that the witnesses agree; of a part each line by itself and that they stand in order. Streams. Throws audit.unreadable.
 */
export async function verifyExport(
  file: string,
  witnesses: readonly Witness[] = [],
): Promise<VerifiedExport> {
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let walk: Walk | null = null;
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (walk === null) {
        walk = beginning(file, text, witnesses);
        continue;
      }
      const link = linkOf(text);
      const broken = link === null ? unreadable(walk, number) : walk.step(link);
      if (broken !== null)
        return { ...walk.facts, entries: walk.entries, broken: { ...broken, line: number } };
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('audit.unreadable', `${file} cannot be read: ${words}`, { cause });
  } finally {
    lines.close();
  }
  if (walk === null) throw noExport(file);
  const broken = walk.end();
  return {
    ...walk.facts,
    entries: walk.entries,
    broken: broken === null ? null : { ...broken, line: number + 1 },
  };
}

type Walk = {
  readonly facts: Pick<VerifiedExport, 'head' | 'exportedAt' | 'complete'>;
  readonly entries: number;
  step(link: Link): ChainBreak | null;
  end(): ChainBreak | null;
};

const noExport = (file: string): Failure =>
  new Failure('audit.unreadable', `${file} is no export of the audit: its first line does not say so.`);

function beginning(file: string, text: string, witnesses: readonly Witness[]): Walk {
  const first = First.safeParse(parsed(text));
  if (!first.success) throw noExport(file);
  const { head, chain, complete, exported_at: exportedAt } = first.data;
  const facts = { head: { ...head, chain }, exportedAt, complete };
  return complete ? wholeWalk(facts, witnesses) : partWalk(facts);
}

function wholeWalk(facts: Walk['facts'], witnesses: readonly Witness[]): Walk {
  const { head } = facts;
  // what is newer than the export can say nothing about it
  const older = witnesses.filter(({ chain, position }) => chain === head.chain && position <= head.position);
  const walk = new ChainWalk(footingOf(head.chain), [...older, { ...head, where: 'The head of the file' }]);
  return {
    facts,
    get entries() {
      return walk.last.position;
    },
    step: (link) => walk.step(link),
    end: () => walk.end(),
  };
}

function partWalk(facts: Walk['facts']): Walk {
  let last = 0;
  let entries = 0;
  return {
    facts,
    get entries() {
      return entries;
    },
    step: (link) => {
      const { position } = link;
      const isInOrder = position > last && position <= facts.head.position;
      if (!isInOrder)
        return { position, kind: 'moved', message: `Entry ${position} does not stand in its place.` };
      if (!isSound(link))
        return { position, kind: 'changed', message: `Entry ${position} was changed after it was written.` };
      last = position;
      entries += 1;
      return null;
    },
    end: () => null,
  };
}

const unreadable = ({ entries }: Walk, line: number): ChainBreak => ({
  position: entries + 1,
  kind: 'unreadable',
  message: `What stands in line ${line} is no line of the audit.`,
});

/** Null for what is no line of an export. */
function linkOf(text: string): Link | null {
  const line = Line.safeParse(parsed(text));
  if (!line.success) return null;
  const { position, prev, hash, entry } = line.data;
  return { position, prev, hash, content: canonicalJson(entry) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
