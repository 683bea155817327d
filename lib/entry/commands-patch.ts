import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { EXIT } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { namingArchiveFlag } from '#lib/entry/archive-flag';
import type { Answer, Flags } from '#lib/entry/command';
import type { ApplyStatus, UndoStatus } from '#lib/patch/live-store';
import type { Signatures } from '#lib/patch/patch';
import { apply, undo, verify } from '#lib/recovery/method/apply';
import { noteApply } from '#lib/recovery/method/apply-note';
import { undoUnmoved } from '#lib/recovery/method/foresee';
import { withPatch } from '#lib/recovery/method/with-patch';
import { readEnv, readVariable } from '#lib/recovery/setup/env';
import { countsText, countWords } from '#lib/report/words';

const WORDS: Readonly<Record<ApplyStatus | UndoStatus, string>> = {
  applied: 'Applied',
  already_applied: 'Was applied already; nothing was written',
  undone: 'Undone',
  already_undone: 'Was undone already; nothing was written',
  nothing_to_apply: 'Nothing to apply: no row differs',
};

const NONE_UNMOVED = 'Nothing was put back: every row moved since';

/** On the command line nobody else approves. */
export const signatures = (): Signatures => ({
  author: userInfo().username,
  approvedBy: null,
  approvedAt: null,
});

export function sealOf(flags: Flags, command: string): string {
  if (flags.seal === undefined)
    throw new Failure('command.invalid', `${command} needs --seal SHA256, the seal that the preview showed.`);
  if (!/^[0-9a-f]{64}$/i.test(flags.seal))
    throw new Failure('patch.seal', `${flags.seal} is no seal; a seal has 64 hex digits.`);
  return flags.seal;
}

export async function applyCommand(dir: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  const seal = sealOf(flags, 'apply');
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async (places, header) => {
    const archiveCheck = flags['no-archive-check'] !== true;
    const options = { signatures: signatures(), archiveCheck, signal };
    const status = await namingArchiveFlag(apply(places, seal, options));
    if (status === 'applied') await noted(noteApply(places.dir, header.seal, archiveCheck));
    const more = status === 'applied' ? `: ${countsText(header.counts)}` : '';
    return { value: { status, seal: header.seal, ...header.counts }, words: `${WORDS[status]}${more}.\n` };
  });
}

/** The patch stands, whether or not its folder can be written. */
const noted = (note: Promise<void>): Promise<void> =>
  note.catch(
    (error: Error) =>
      void process.stderr.write(`The folder does not keep that the archive was compared: ${error.message}\n`),
  );

export async function undoCommand(dir: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  const seal = sealOf(flags, 'undo');
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async (places, header) => {
    const options = { signatures: signatures(), signal };
    if (flags.unmoved !== true) {
      const status = await undo(places, seal, options);
      return { value: { status, seal: header.seal }, words: `${WORDS[status]}.\n` };
    }
    const { status, outlook } = await undoUnmoved(places, seal, options);
    const moved = outlook?.moved ?? [];
    const leftOut = outlook?.movedSeqs.length ?? 0;
    const words = status === 'nothing_to_apply' && leftOut > 0 ? NONE_UNMOVED : WORDS[status];
    const left =
      leftOut === 0 ? '' : ` ${countWords(leftOut, 'row that', 'rows that')} moved since: left as found.`;
    return {
      value: { status, seal: header.seal, left_out: leftOut, moved },
      words: `${words}.${left}\n`,
    };
  });
}

export async function verifyCommand(dir: string, _: Flags, signal: AbortSignal): Promise<Answer> {
  return withPatch(resolve(dir), { ...readEnv(), signal }, readVariable, async (places) => {
    const found = await verify(places);
    const words = `${found.match} of ${countWords(found.cells, 'row is', 'rows are')} as the patch wrote them; ${found.differ} differ, ${found.moved} moved on since.\n`;
    return { value: found, words, ...(found.differ > 0 ? { exit: EXIT.differs } : {}) };
  });
}
