import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { closeStore, openStore } from '#lib/adapters/store/client';
import { EXIT } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import type { Answer, Flags } from '#lib/entry/command';
import { withRecords } from '#lib/entry/with-records';
import { exportWhole } from '#lib/recovery/audit/export-audit';
import type { Verified } from '#lib/recovery/audit/verify-audit';
import { verifyExport } from '#lib/recovery/audit/verify-export';
import { askLedgers, type LedgerAnswers, verifyRecords } from '#lib/recovery/audit/verify-records';

/** `audit verify` and `audit export`. */
export async function auditCommand(action: string, flags: Flags): Promise<Answer> {
  if (action === 'verify') return flags.export === undefined ? verifyHere() : verifyFile(flags.export);
  if (action === 'export') return exportHere(flags.out);
  throw new Failure('command.invalid', `audit can verify or export, not ${JSON.stringify(action)}.`);
}

/** Away from Recount: the file alone says whether anything in it was changed. */
async function verifyFile(file: string): Promise<Answer> {
  const { head, exportedAt, complete, entries, broken } = await verifyExport(path.resolve(file));
  const value = {
    status: broken === null ? 'unbroken' : 'broken',
    file,
    complete,
    entries,
    head,
    exported_at: exportedAt,
    broken,
  };
  if (broken !== null)
    return { value, words: `Line ${broken.line} of ${file}: ${broken.message}\n`, exit: EXIT.refused };
  const what = complete
    ? `${count(entries)}, unbroken to the head ${head.hash} (entry ${head.position})`
    : `${count(entries)} of a filtered export, each as it was written; only a whole export shows that none is missing`;
  return { value, words: `${what}. Exported ${exportedAt}.\n` };
}

/** Against the records themselves, the head in the data folder and the ledgers of all live stores. */
async function verifyHere(): Promise<Answer> {
  return withRecords(async (env, url) => {
    const store = openStore(url);
    try {
      const key = openKeys(env);
      const context = { store, env: { ...env, databaseUrl: url }, key };
      const ledgers = await askLedgers(context);
      const { next: _, ...found } = await verifyRecords(context, ledgers);
      const isBroken = found.broken !== null;
      const value = { status: isBroken ? 'broken' : 'unbroken', ...found, silent: ledgers.silent };
      return {
        value,
        words: verdictWords(found, ledgers.silent),
        ...(isBroken ? { exit: EXIT.refused } : {}),
      };
    } finally {
      await closeStore(store);
    }
  });
}

function verdictWords(found: Omit<Verified, 'next'>, silent: LedgerAnswers['silent']): string {
  const { entries, head, broken, witnesses, foreign } = found;
  const lines =
    broken === null
      ? [`${count(entries)}, unbroken${head === null ? '' : `; head ${head.hash}`}.`]
      : [
          `Broken: ${broken.message}`,
          `${count(entries)} before it ${entries === 1 ? 'is' : 'are'} as written.`,
        ];
  lines.push(
    `Compared with ${witnesses} ${witnesses === 1 ? 'head' : 'heads'} kept in ledgers and in the data folder.`,
  );
  if (foreign > 0) lines.push(`${foreign} more in the ledgers are of other installations.`);
  for (const { name, message } of silent) lines.push(`Not asked: ${name}: ${message}`);
  return `${lines.join('\n')}\n`;
}

const count = (entries: number): string =>
  entries === 1 ? '1 entry' : `${entries.toLocaleString('en-US')} entries`;

/** The whole chain as JSON lines: the file is there whole, or not at all. */
async function exportHere(out: string | undefined): Promise<Answer> {
  if (out === undefined) throw new Failure('command.invalid', 'audit export needs --out FILE.');
  const file = path.resolve(out);
  return withRecords(async (_, url) => {
    const store = openStore(url);
    const part = `${file}.part`;
    try {
      const { head, text } = await exportWhole(store);
      await writeParts(part, text);
      await rename(part, file);
      const words = `Wrote ${file}: ${count(head.position)}, head ${head.hash}.\n`;
      return { value: { status: 'exported', file, entries: head.position, head }, words };
    } finally {
      await rm(part, { force: true });
      await closeStore(store);
    }
  });
}

async function writeParts(file: string, parts: AsyncIterable<string>): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  for await (const part of parts) if (!out.write(part)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}
