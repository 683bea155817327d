import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { currentEntry, settledLedger } from '#lib/adapters/live/files/file-ledger';
import { lockHolder } from '#lib/adapters/live/files/file-lock';
import { type LiveFile, notWritable, openLiveFile } from '#lib/adapters/live/files/open-live-file';
import { requireSameColumns } from '#lib/adapters/live/files/write-patch';
import { Failure } from '#lib/base/failure';
import { formatInstant, fromMillis } from '#lib/base/instant';
import type { PatchHeader } from '#lib/patch/patch';
import { type Preflight, type PreflightCheck, sizeCheck } from '#lib/patch/rehearsal';

const MEGABYTE = 1_000_000;
const sizeWords = (bytes: number): string =>
  bytes < MEGABYTE
    ? `${bytes.toLocaleString('en-US')} bytes`
    : `${Math.floor(bytes / MEGABYTE).toLocaleString('en-US')} MB`;

/** Looks at a live file before a patch (or an undo patch) is written into it. Writes and locks nothing. */
export async function preflightFile(name: string, identity: string, header: PatchHeader): Promise<Preflight> {
  const at = formatInstant(fromMillis(Date.now()));
  const opened = await openLiveFile(name).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'live.not_found') return error;
    throw error;
  });
  if (opened instanceof Failure) {
    return { checks: [{ check: 'identity', state: 'stop', found: opened.message, fix: opened.fix }], at };
  }
  const checks = [
    identityCheck(opened, identity, header),
    await columnsCheck(opened, header),
    await writableCheck(opened),
    await ledgerCheck(opened, header),
    await lockCheck(opened),
    await spaceCheck(opened, header),
  ];
  return { checks, at };
}

function identityCheck({ file }: LiveFile, identity: string, { target }: PatchHeader): PreflightCheck {
  if (target.kind === 'file' && target.path === identity)
    return { check: 'identity', state: 'ok', found: `${file}: the file that was previewed.`, fix: null };
  return {
    check: 'identity',
    state: 'stop',
    found: `The patch is for another live store than ${identity}.`,
    fix: 'Point at the previewed file, or preview again.',
  };
}

async function columnsCheck(opened: LiveFile, header: PatchHeader): Promise<PreflightCheck> {
  try {
    await requireSameColumns(header, opened);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { check: 'columns', state: 'stop', found: error.message, fix: error.fix };
  }
  const names = [...header.keys, ...header.measures].map((column) => column.name);
  return { check: 'columns', state: 'ok', found: `${names.join(', ')} are there.`, fix: null };
}

async function writableCheck({ file }: LiveFile): Promise<PreflightCheck> {
  const reasons = await notWritable(file);
  const fix = 'Give this account the right to write the file and its folder.';
  return reasons.length === 0
    ? { check: 'privileges', state: 'ok', found: 'The file and its folder may be written.', fix: null }
    : { check: 'privileges', state: 'stop', found: reasons.join(' '), fix };
}

async function ledgerCheck({ file }: LiveFile, header: PatchHeader): Promise<PreflightCheck> {
  const isUndo = header.kind === 'undo';
  const check = (
    state: PreflightCheck['state'],
    found: string,
    fix: string | null = null,
  ): PreflightCheck => ({
    check: 'ledger',
    state,
    found,
    fix,
  });
  let entry: Awaited<ReturnType<typeof currentEntry>>;
  try {
    entry = currentEntry(await settledLedger(file), header.undoes?.seal ?? header.seal);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return check('stop', error.message, error.fix);
  }
  if (entry === null) {
    return isUndo
      ? check('stop', 'The ledger beside the file does not hold the patch.', 'Apply it first.')
      : check('ok', 'The ledger beside the file does not hold this patch.');
  }
  if (entry.outcome === 'undone') {
    return isUndo
      ? check('warning', `The patch was undone at ${entry.at}.`, 'Nothing would be written again.')
      : check('stop', `The patch was undone at ${entry.at}.`, 'Preview again.');
  }
  return isUndo
    ? check('ok', `The patch was applied at ${entry.at}.`)
    : check('warning', `The patch was applied at ${entry.at}.`, 'Nothing would be written again.');
}

async function lockCheck({ file }: LiveFile): Promise<PreflightCheck> {
  const holder = await lockHolder(`${file}.recount.lock`);
  return holder === null
    ? { check: 'load', state: 'ok', found: 'No other process is writing this file.', fix: null }
    : {
        check: 'load',
        state: 'warning',
        found: `${holder} is writing this file now.`,
        fix: 'Wait for it to finish.',
      };
}

/** The new file is written beside the old one, which is kept. */
async function spaceCheck({ file, table }: LiveFile, header: PatchHeader): Promise<PreflightCheck> {
  const { size } = await stat(file);
  const { bavail, bsize } = await statfs(path.dirname(file));
  const free = bavail * bsize;
  const words = `The file has ${sizeWords(size)}, and ${sizeWords(free)} are free in its folder.`;
  const fix = 'Free about twice the size of the file: the new one is written beside the old one.';
  if (free < size) return { check: 'size', state: 'stop', found: words, fix };
  const rows = sizeCheck(header.counts, await table.rowCount());
  const found = `${rows.found} ${words}`;
  return free < 2 * size ? { check: 'size', state: 'warning', found, fix } : { ...rows, found };
}
