import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type ChainBreak, hashOf, type Link } from '#lib/base/audit-chain';
import { AuditHead } from '#lib/base/audit-head';
import type { PublicKey } from '#lib/base/audit-signature';
import { canonicalJson } from '#lib/base/canonical-json';
import { Failure } from '#lib/base/failure';
import { type ExportFacts, type ExportWalk, partWalk, wholeWalk } from '#lib/recovery/audit/export-walk';
import type { Loss } from '#lib/recovery/audit/losses';
import type { Witness } from '#lib/recovery/audit/verify-audit';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const First = z.object({
  recount_audit: z.literal(1),
  chain: z.uuid(),
  head: AuditHead,
  public_key: z.string().exactOptional(),
  exported_at: z.string(),
  complete: z.boolean(),
});
const Line = z.object({
  position: z.number().int().positive(),
  prev: Hash,
  hash: Hash,
  entry: z.record(z.string(), z.unknown()),
});
/** A line as it is written: most can be told without being taken apart. */
const WRITTEN =
  /^\{"position":(\d{1,15}),"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","entry":(\{.*\})\}$/;

export type VerifiedExport = {
  readonly head: AuditHead;
  readonly exportedAt: string;
  /** False: a part of the audit, chosen by a filter; each line was told by itself. */
  readonly complete: boolean;
  readonly entries: number;
  /** Of the head: whose, and where that key was taken from; null: it is not signed. */
  readonly signature: { readonly key: string; readonly at: string; readonly from: 'given' | 'file' } | null;
  /** Lost lines whose loss was acknowledged, by the signature of such a key. */
  readonly losses: readonly Loss[];
  readonly broken: (ChainBreak & { readonly line: number }) | null;
};

/** What the file is held to, from outside. */
export type HeldTo = {
  /** Heads that were kept: what is newer than the file says nothing about it. */
  readonly witnesses?: readonly Witness[];
  /** Public keys that were kept: the head must be signed with one of them. Without any, the file names its own. */
  readonly keys?: readonly PublicKey[];
};

/**
 * Tells every hash of an exported file again, without any database: of a whole export the chain from its first line to its
 * head, and that the witnesses agree; of a part each line by itself and that they stand in order. Then the signature of the
 * head. Streams. Throws audit.unreadable.
 */
export async function verifyExport(file: string, held: HeldTo = {}): Promise<VerifiedExport> {
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let walk: ExportWalk | null = null;
  let number = 0;
  try {
    for await (const text of lines) {
      number += 1;
      if (walk === null) {
        walk = beginning(file, text, held);
        continue;
      }
      const link = linkOf(text);
      const broken = link === null ? unreadable(walk, number) : walk.step(link);
      if (broken !== null) return { ...walk.facts(), broken: { ...broken, line: number } };
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('audit.unreadable', `${file} cannot be read: ${words}`, { cause });
  } finally {
    lines.close();
  }
  if (walk === null) throw noExport(file);
  return { ...walk.facts(), broken: walk.end() };
}

const noExport = (file: string): Failure =>
  new Failure('audit.unreadable', `${file} is no export of the audit: its first line does not say so.`);

function beginning(file: string, text: string, held: HeldTo): ExportWalk {
  const first = First.safeParse(parsed(text));
  if (!first.success) throw noExport(file);
  const { head, chain, complete, exported_at: exportedAt, public_key: publicKey = null } = first.data;
  const facts: ExportFacts = { head: { ...head, chain }, exportedAt, complete, publicKey };
  return complete ? wholeWalk(facts, held) : partWalk(facts, held);
}

/** The head in the first line of an export. Throws audit.unreadable. */
export async function readExportHead(file: string): Promise<AuditHead> {
  const lines = createInterface({ input: createReadStream(file, 'utf8') });
  try {
    for await (const text of lines) {
      const first = First.pick({ chain: true, head: true }).safeParse(parsed(text));
      if (!first.success) break;
      return { ...first.data.head, chain: first.data.chain };
    }
  } catch (cause) {
    throw new Failure('audit.unreadable', `${file} cannot be read.`, { cause });
  } finally {
    lines.close();
  }
  throw new Failure('audit.unreadable', `${file} holds no head of the audit.`, {
    fix: 'Use what `recount audit head` wrote, or an export.',
  });
}

const unreadable = ({ entries }: ExportWalk, line: number): ChainBreak => ({
  position: entries + 1,
  kind: 'unreadable',
  message: `What stands in line ${line} is no line of the audit.`,
});

/** A line with what it says: its text in canonical form. */
export type ExportedLink = Link & { readonly content: string };

/** Null for what is no line of an export. */
function linkOf(text: string): ExportedLink | null {
  const [, place = '', prev = '', hash = '', content = ''] = WRITTEN.exec(text) ?? [];
  if (hash !== '' && hashOf(prev, content) === hash)
    return { position: Number(place), prev, hash, told: hash, content };
  const line = Line.safeParse(parsed(text));
  if (!line.success) return null;
  const { entry, ...link } = line.data;
  const canonical = canonicalJson(entry);
  return { ...link, told: hashOf(link.prev, canonical), content: canonical };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
