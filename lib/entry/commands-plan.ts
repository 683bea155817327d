import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EXIT } from '#lib/base/codes';
import { Failure, failureOf } from '#lib/base/failure';
import type { Answer, Flags } from '#lib/entry/command';
import { locateFailure } from '#lib/entry/locate-failure';
import type { LiveStore } from '#lib/patch/live-store';
import { locateProblems } from '#lib/plan/locate';
import { type Parsed, parsePlan } from '#lib/plan/parse';
import type { Plan } from '#lib/plan/plan';
import { type Checked, check, checkFailure } from '#lib/recovery/method/check';
import { preview } from '#lib/recovery/method/preview';
import { publishRun } from '#lib/recovery/runs/publish-run';
import { readEnv, readVariable } from '#lib/recovery/setup/env';
import { openArchive, openLiveStore, openWork } from '#lib/recovery/setup/wiring';
import type { Summary } from '#lib/replay/run';
import { countsText, countText, countWords } from '#lib/report/words';

type PlanAt = { readonly plan: Plan; readonly folder: string; readonly text: string };

async function readPlan(path: string): Promise<Parsed & { readonly folder: string; readonly text: string }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure('plan.unreadable', `${path} cannot be read: ${error.code ?? error.message}.`, {
      fix: 'Check the path, and that this account may read the file.',
      cause: error,
    });
  });
  return { ...parsePlan(text), folder: dirname(resolve(path)), text };
}

async function planOrThrow(path: string): Promise<PlanAt> {
  const { plan, problems, folder, text } = await readPlan(path);
  if (plan === null) throw failureOf(problems);
  return { plan, folder, text };
}

function liveOf({ plan, folder }: { plan: Pick<Plan, 'live'>; folder: string }): Promise<LiveStore> {
  const { store, table, keys, bucket } = plan.live;
  const all = bucket === null ? keys : [...keys, bucket.column];
  return openLiveStore(
    { store, table, folder, timezone: bucket?.timezone ?? 'UTC', keys: all },
    readVariable,
  );
}

/** The copy that a running total begins with: a table of the same store, or a file beside the plan. */
function baselineOf(live: Plan['live'] | null, folder: string): (() => Promise<LiveStore>) | null {
  if (live === null || live.baseline === null || live.baseline === 'none') return null;
  const { table } = live.baseline;
  const place = live.table === null ? { store: table } : { table };
  return () => liveOf({ plan: { live: { ...live, ...place } }, folder });
}

export async function checkCommand(path: string, _: Flags, signal: AbortSignal): Promise<Answer> {
  const { parts, problems, folder, text } = await readPlan(path);
  const source = parts.archive === null ? null : openArchive(parts.archive.at, folder);
  const files = source === null ? [] : await localFiles(source).catch(() => []);
  const env = readEnv();
  const session = await openWork({ ...env, signal }, { folders: [], files }, 'here');
  try {
    const { live } = parts;
    const found = await check(parts, {
      session,
      source,
      live: live === null ? null : () => liveOf({ plan: { live }, folder }),
      baseline: baselineOf(live, folder),
      stageDir: join(env.dataDir, 'staged'),
      threads: env.threads,
      signal,
    });
    if (found.checked === null || problems.length > 0)
      throw checkFailure(locateProblems(text, [...problems, ...found.problems]));
    return { value: { ok: true, ...found.checked }, words: checkedWords(found.checked) };
  } finally {
    await session.close();
  }
}

function checkedWords({ archive, live, warnings, doubts }: Checked): string {
  const rows = live.rows === null ? '' : `, about ${countWords(live.rows, 'row', 'rows')}`;
  const read =
    archive.read === 'all'
      ? ''
      : ', as far as the beginnings of the files show; the preview reads them in full';
  return [
    `The plan is fine${read}. Archive: ${countWords(archive.files, 'file', 'files')} (${archive.formats.join(', ')}). Live: ${live.name} (${live.product}${rows}).`,
    ...warnings.map((w) => `Warning: ${w.message}`),
    ...doubts.map((doubt) => `Doubtful: ${doubt}`),
    '',
  ].join('\n');
}

async function localFiles(source: ReturnType<typeof openArchive>): Promise<string[]> {
  return Promise.all((await source.list()).map((f) => source.local(f)));
}

export async function previewCommand(path: string, flags: Flags, signal: AbortSignal): Promise<Answer> {
  if (flags.out === undefined) throw new Failure('command.invalid', 'preview needs --out DIR.');
  await refuseOut(flags.out);
  const at = await planOrThrow(path);
  const env = readEnv();
  const live = await liveOf(at);
  const source = openArchive(at.plan.archive.at, at.folder);
  const files = await localFiles(source);
  const part = join(env.dataDir, 'scratch', `preview-${process.pid}-${Date.now()}`);
  const session = await openWork({ ...env, signal }, { folders: [part], files }, 'here');
  try {
    const summary = await preview(at.plan, {
      source,
      live,
      session,
      stageDir: join(env.dataDir, 'staged'),
      outDir: part,
      planFolder: at.folder,
      author: userInfo().username,
      threads: env.threads,
      signal,
      ...(process.stderr.isTTY ? { onProgress: (p) => process.stderr.write(`\r\x1b[K${p.words}`) } : {}),
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    await publishRun(part, flags.out).catch((error: unknown) => {
      throw outFailure(flags.out ?? '', error);
    });
    const differs =
      summary.cells.changed +
        summary.cells.missing_in_live +
        summary.cells.only_in_live +
        summary.cells.deleted >
      0;
    return {
      value: summary,
      words: summaryWords(summary, flags.out),
      ...(flags['exit-code'] && differs ? { exit: EXIT.differs } : {}),
    };
  } catch (error) {
    throw locateFailure(at.text, error);
  } finally {
    await live.close();
    await session.close();
  }
}

/** What can be told of a wrong --out is told before the work, not after it. */
async function refuseOut(dir: string): Promise<void> {
  const there = await stat(dir).catch(() => null);
  if (there !== null && !there.isDirectory())
    throw new Failure('command.invalid', `--out ${dir} is a file; the results need a folder.`, {
      fix: 'Name a folder, or a path where nothing is yet.',
    });
}

const OUT_TROUBLE = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENAMETOOLONG', 'EISDIR'];

/** A folder that cannot be made or written is the command's matter, not a fault. */
function outFailure(dir: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  if (!OUT_TROUBLE.includes(code)) return error;
  return new Failure('command.invalid', `--out ${dir} cannot be written: ${code}.`, {
    fix: 'Name a folder that this account may write.',
    cause: error,
  });
}

const ROWS = [
  ['match', 'match'],
  ['changed', 'changed'],
  ['missing_in_live', 'missing in live'],
  ['only_in_live', 'only in live'],
  ['deleted', 'deleted'],
  ['superseded', 'superseded'],
  ['pending', 'pending'],
] as const;

function summaryWords(s: Summary, dir: string): string {
  const { cells, archive, patch } = s;
  const net = Object.entries(s.net_delta).map(
    ([name, value]) => `${name} ${value.startsWith('-') ? '' : '+'}${value}`,
  );
  const lines = [
    `Window     ${s.window.from} to ${s.window.to} (${s.window.clock}), end not included`,
    `Archive    ${countWords(archive.records, 'record', 'records')} in ${countWords(archive.files, 'file', 'files')}: ${countText(archive.accepted)} accepted, ${countWords(archive.duplicates, 'duplicate', 'duplicates')}, ${countText(archive.rejected)} rejected`,
    `Rows       ${countText(cells.affected)} affected: ${ROWS.map(([name, words]) => `${countText(cells[name])} ${words}`).join(', ')}`,
    `Patch      ${countsText(patch)}${net.length > 0 ? `; net ${net.join(', ')}` : ''}`,
    ...(patch.blocked_by.length > 0 ? [`Blocked by ${patch.blocked_by.join(', ')}`] : []),
    `Seal       ${patch.seal}`,
    ...s.warnings.map((w) => `Warning    ${w.code}: ${w.message}`),
    `Written to ${dir} in ${(s.elapsed_ms / 1000).toFixed(2)} s`,
  ];
  return `${lines.join('\n')}\n`;
}

export async function ledgerCommand(path: string, flags: Flags): Promise<Answer> {
  const live = await liveOf(await planOrThrow(path));
  try {
    if (flags.create) {
      await live.createLedger();
      return { value: { created: true }, words: 'The ledger is there.\n' };
    }
    const script = live.ledgerScript();
    return {
      value: { script },
      words: script === '' ? 'A file makes its own ledger beside it; no script is needed.\n' : script,
    };
  } finally {
    await live.close();
  }
}
