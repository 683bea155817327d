import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { EXIT } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { namingArchiveFlag } from '#lib/entry/archive-flag';
import type { Answer, Flags } from '#lib/entry/command';
import { sealOf, signatures } from '#lib/entry/commands-patch';
import { REHEARSAL_LIMIT_MS } from '#lib/patch/live-store';
import type { Preflight, Rehearsal } from '#lib/patch/rehearsal';
import { exportSql, rehearse } from '#lib/recovery/method/foresee';
import { withPatch } from '#lib/recovery/method/with-patch';
import { readEnv, readVariable } from '#lib/recovery/setup/env';

/** Looks at the live store; exits with 4 where an apply would be refused. */
export async function preflightCommand(dir: string, _: Flags, signal: AbortSignal): Promise<Answer> {
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async ({ live }, header) => {
    const found = await live.preflight(header);
    const isStopped = found.checks.some((check) => check.state === 'stop');
    return { value: found, words: preflightWords(found), ...(isStopped ? { exit: EXIT.refused } : {}) };
  });
}

const preflightWords = ({ checks }: Preflight): string =>
  checks
    .map(({ check, state, found, fix }) => {
      const head = `${state.padEnd(8)} ${check.replace('_', ' ').padEnd(13)} `;
      return `${head}${found}\n${fix === null ? '' : `${' '.repeat(head.length)}${fix}\n`}`;
    })
    .join('');

/** Does an apply up to its COMMIT and rolls it back; exits with 4 where it would be refused. */
export async function rehearseCommand(dir: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  const seal = sealOf(flags, 'rehearse');
  const limitMs = limitOf(flags.limit);
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async (places) => {
    const found = await rehearse(places, seal, { signatures: signatures(), signal, limitMs });
    const isRefused = found.status === 'refused';
    return { value: found, words: rehearsalWords(found), ...(isRefused ? { exit: EXIT.refused } : {}) };
  });
}

/** Seconds, as a person gives them. */
function limitOf(text: string | undefined): number {
  if (text === undefined) return REHEARSAL_LIMIT_MS;
  const seconds = /^\d+(\.\d+)?s?$/.test(text) ? Number.parseFloat(text) : 0;
  if (seconds > 0 && seconds <= 600) return Math.ceil(seconds * 1000);
  throw new Failure('command.invalid', `--limit ${text} is no number of seconds from 0 to 600.`);
}

const STATUS: Readonly<Record<Rehearsal['status'], string>> = {
  would_apply: 'It would be applied; everything was rolled back.',
  already_applied: 'It is applied already; nothing would be written.',
  nothing_to_apply: 'Nothing to apply: no row differs.',
  refused: 'It would be refused; nothing was written.',
};

function rehearsalWords({ status, refusal, sideEffects, steps, lockedMs, limitMs }: Rehearsal): string {
  const lines = [STATUS[status]];
  if (refusal !== null) {
    lines.push(`  ${refusal.code}: ${refusal.message}`, `  ${refusal.fix}`);
    lines.push(...(refusal.rows ?? []).map((row) => `    ${row}`));
  }
  lines.push(...sideEffects.map((effect) => `  ${effect}`));
  if (steps.length > 0) {
    const times = steps.map(({ step, elapsedMs }) => `${step.replace('_', ' ')} ${elapsedMs} ms`);
    lines.push(`  ${times.join(', ')}; rows locked for ${lockedMs} ms (limit ${limitMs} ms)`);
  }
  return `${lines.join('\n')}\n`;
}

/** Writes the patch as one SQL file for a DBA: whole, or not at all. */
export async function exportSqlCommand(dir: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  const seal = sealOf(flags, 'export-sql');
  if (flags.out === undefined) throw new Failure('command.invalid', 'export-sql needs --out FILE.');
  const out = resolve(flags.out);
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async (places, header) => {
    const archiveCheck = flags['no-archive-check'] !== true;
    const text = exportSql(places, seal, { signatures: signatures(), archiveCheck });
    const bytes = await namingArchiveFlag(writeWhole(out, text));
    return {
      value: { status: 'exported', seal: header.seal, file: out, bytes, ...header.counts },
      words: `Wrote ${out}. Its head says how to run it; afterwards \`recount verify\` finds it in the ledger.\n`,
    };
  });
}

/** Only its owner may read it: it holds live values. */
async function writeWhole(file: string, parts: AsyncIterable<string>): Promise<number> {
  const beside = join(dirname(file), `.${randomUUID()}.new`);
  let bytes = 0;
  try {
    const handle = await open(beside, 'wx', 0o600).catch((error: Error) => {
      throw new Failure('command.invalid', `${file} cannot be written: ${error.message}`);
    });
    try {
      for await (const part of parts) bytes += (await handle.write(part)).bytesWritten;
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
  return bytes;
}
