import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { openKeys, type SecretKeys } from '#lib/adapters/secrets/secret-keys';
import { readChainHead } from '#lib/adapters/store/audit-chain';
import { closeStore, openStore, type Store } from '#lib/adapters/store/client';
import { type PublicKey, publicPem, publicText, readPems } from '#lib/base/audit-signature';
import { EXIT } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { exportedWords, recordsWords, shownLoss } from '#lib/entry/audit-words';
import type { Answer, Flags } from '#lib/entry/command';
import { withRecords } from '#lib/entry/with-records';
import { exportWhole } from '#lib/recovery/audit/export-audit';
import { ensureSigner, signNow } from '#lib/recovery/audit/signing-key';
import type { Witness } from '#lib/recovery/audit/verify-audit';
import { readExportHead, verifyExport } from '#lib/recovery/audit/verify-export';
import { askLedgers, verifyRecords } from '#lib/recovery/audit/verify-records';
import type { Env } from '#lib/recovery/setup/env';

type Run = (flags: Flags) => Promise<Answer>;
const ACTIONS: Readonly<Record<string, Run>> = {
  verify: async (flags) => {
    const held = { keys: await keysOf(flags.key), witnesses: await headsOf(flags.head) };
    return flags.export === undefined ? verifyHere(held) : verifyFile(flags.export, held);
  },
  export: ({ out }) => exportHere(out),
  head: () => headHere(),
  key: () => keyHere(),
};

/** `audit verify`, `audit export`, `audit head` and `audit key`. */
export async function auditCommand(action: string, flags: Flags): Promise<Answer> {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run !== undefined) return run(flags);
  throw new Failure(
    'command.invalid',
    `audit can verify, export, head or key, not ${JSON.stringify(action)}.`,
  );
}

type Held = { readonly keys: readonly PublicKey[]; readonly witnesses: readonly Witness[] };

/** Public keys that were kept. */
async function keysOf(file: string | undefined): Promise<readonly PublicKey[]> {
  if (file === undefined) return [];
  const keys = readPems(await readFile(path.resolve(file), 'utf8').catch(() => ''));
  if (keys !== null) return keys;
  throw new Failure('audit.unreadable', `${file} is no file of public keys.`, {
    fix: 'Use what `recount audit key` wrote, or what the page Audit shows.',
  });
}

/** A head that was kept, in an export or by itself. */
const headsOf = async (file: string | undefined): Promise<readonly Witness[]> =>
  file === undefined ? [] : [{ ...(await readExportHead(path.resolve(file))), where: file }];

/** Away from Recount: the file alone says whether anything in it was changed. */
async function verifyFile(file: string, held: Held): Promise<Answer> {
  const found = await verifyExport(path.resolve(file), held);
  const { head, exportedAt, complete, entries, signature, losses, broken } = found;
  const value = {
    status: broken === null ? 'unbroken' : 'broken',
    file,
    complete,
    entries,
    head,
    exported_at: exportedAt,
    signature,
    losses: losses.map(shownLoss),
    broken,
  };
  const words = exportedWords(file, found);
  return { value, words, ...(broken === null ? {} : { exit: EXIT.refused }) };
}

type Here = { readonly store: Store; readonly env: Env; readonly key: SecretKeys };

const here = (work: (context: Here) => Promise<Answer>): Promise<Answer> =>
  withRecords(async (env, url) => {
    const store = openStore(url);
    try {
      return await work({ store, env: { ...env, databaseUrl: url }, key: openKeys(env) });
    } finally {
      await closeStore(store);
    }
  });

/** Against the records themselves, the head in the data folder and the ledgers of all live stores. */
const verifyHere = (held: Held): Promise<Answer> =>
  here(async (context) => {
    const ledgers = await askLedgers(context);
    const found = await verifyRecords(context, ledgers, held);
    const { next: _, disputed: __, losses, keys, ...rest } = found;
    const isBroken = found.broken !== null;
    const value = {
      status: isBroken ? 'broken' : 'unbroken',
      ...rest,
      losses: losses.map(shownLoss),
      keys: keys.map(({ id, position, at }) => ({ key: id, since: position, at })),
      silent: ledgers.silent,
    };
    const words = recordsWords(found, ledgers.silent);
    return { value, words, ...(isBroken ? { exit: EXIT.refused } : {}) };
  });

/** The newest line's place and hash, signed: to be kept where nobody of this machine can write. */
const headHere = (): Promise<Answer> =>
  here(async (context) => {
    const newest = await readChainHead(context.store);
    if (newest === null) throw new Failure('not_found', 'The audit has no entry yet.');
    const head = await signNow(context, newest);
    const value = {
      status: 'head',
      chain: head.chain,
      head,
      public_key: publicText(await ensureSigner(context)),
    };
    return { value, words: `${JSON.stringify(value)}\n` };
  });

/** The public key as other programs read it. */
const keyHere = (): Promise<Answer> =>
  here(async (context) => {
    const signer = await ensureSigner(context);
    const pem = publicPem(publicText(signer));
    return { value: { status: 'key', key: signer.id, public_key: pem }, words: pem };
  });

/** The whole chain as JSON lines: the file is there whole, or not at all. */
async function exportHere(out: string | undefined): Promise<Answer> {
  if (out === undefined) throw new Failure('command.invalid', 'audit export needs --out FILE.');
  const file = path.resolve(out);
  return here(async (context) => {
    const part = `${file}.part`;
    try {
      const { head, text } = await exportWhole(context);
      await writeParts(part, text);
      await rename(part, file);
      const { position, hash, signed } = head;
      const entries = position === 1 ? '1 entry' : `${position.toLocaleString('en-US')} entries`;
      const words = `Wrote ${file}: ${entries}, head ${hash}, signed with the key ${signed?.key ?? 'none'}.\n`;
      return { value: { status: 'exported', file, entries: position, head }, words };
    } finally {
      await rm(part, { force: true });
    }
  });
}

async function writeParts(file: string, parts: AsyncIterable<string>): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  for await (const part of parts) if (!out.write(part)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}
