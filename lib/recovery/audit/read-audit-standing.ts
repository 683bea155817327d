import { z } from 'zod';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import { readAuditWords } from '#lib/adapters/store/audit-lines';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { publicPem } from '#lib/base/audit-signature';
import { permit } from '#lib/recovery/access/permit';
import { AuditCheckResult } from '#lib/recovery/audit/audit-check';
import { auditWords } from '#lib/recovery/audit/audit-words';
import { readNamedKeys } from '#lib/recovery/audit/signing-key';
import type { Context } from '#lib/recovery/setup/context';
import { isoOf } from '#lib/recovery/setup/iso';
import { readNames } from '#lib/recovery/setup/people';
import type { AuditStanding } from '#lib/report/audit-view';

export const AuditStandingInput = z.object({});

const Anchors = z.object({
  held: z.number(),
  newest: z.number().nullable(),
  wrong: z.object({ message: z.string() }).nullable(),
});

/** How it stands with the chain and its anchors, and what the audit can be filtered by. */
export async function readAuditStanding({ store, actor }: Context): Promise<AuditStanding> {
  permit(actor, 'audit.read');
  const head = await readChainHead(store);
  const chain = head?.chain ?? (await store.auditChain.findFirstOrThrow()).id;
  const [actors, actions] = [await readAuditWords(store, 'actor'), await readAuditWords(store, 'action')];
  const nameOf = await readNames(store);
  return {
    chain,
    entries: head?.position ?? 0,
    head: head?.hash ?? null,
    key: await readKey(store),
    check: await readAuditCheck(store),
    anchors: await readAnchors(store),
    actors: actors.map((id) => ({ id, name: nameOf(id) })).sort((a, b) => a.name.localeCompare(b.name, 'en')),
    actions: actions
      .map((action) => ({ action, words: auditWords(action) }))
      .sort((a, b) => a.words.localeCompare(b.words, 'en')),
  };
}

/** What the last look at the chain said; null before the first. */
export async function readAuditCheck(store: StoreTransaction): Promise<AuditStanding['check']> {
  const known = await store.auditCheck.findFirst();
  if (known === null) return null;
  const { losses, ...result } = AuditCheckResult.parse(known.result);
  const nameOf = await readNames(store);
  const named = losses.map((loss) => ({ ...loss, by: nameOf(loss.by) }));
  return { ...result, losses: named, at: isoOf(known.checkedAt) };
}

/** The key that heads are signed with; null before the first. */
async function readKey(store: StoreTransaction): Promise<AuditStanding['key']> {
  const newest = (await readNamedKeys(store)).at(-1);
  if (newest === undefined) return null;
  const { id, position, at, text } = newest;
  return { id, since: position, at, pem: publicPem(text) };
}

async function readAnchors(store: StoreTransaction): Promise<AuditStanding['anchors']> {
  const checks = await store.ledgerCheck.findMany({ select: { anchors: true } });
  const all = checks.flatMap(({ anchors }) => {
    const parsed = Anchors.safeParse(anchors);
    return parsed.success ? [parsed.data] : [];
  });
  const holding = all.filter(({ held }) => held > 0);
  const positions = holding.flatMap(({ newest }) => (newest === null ? [] : [newest]));
  return {
    stores: holding.length,
    heads: holding.reduce((sum, { held }) => sum + held, 0),
    newest: positions.length === 0 ? null : Math.max(...positions),
    problems: all.flatMap(({ wrong }) => (wrong === null ? [] : [wrong.message])),
  };
}
