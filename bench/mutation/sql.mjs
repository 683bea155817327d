#!/usr/bin/env node
// The mutants of sql-mutants.txt, one after the other, each in a scratch clone of the committed state, judged by the
// tests that execute that SQL. Run: npm run test:mutation:sql [-- compare-sql …] [--only "words of a mutant"]
// [--judges "cells compare"]. A judge counts only if it passes without a mutant. Report: .recount/mutation/sql.json.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const GENERATED = 'lib/adapters/store/generated';
const POSTGRES = 'lib/adapters/live/postgres';
/** The tests by name, the cheapest first: a mutant that the first one kills costs seconds. */
const JUDGES = {
  shape: ['lib/replay/shape.test.ts'],
  values: ['lib/compare/values-sql.int.test.ts'],
  checksums: ['lib/compare/checksums.int.test.ts'],
  buckets: ['lib/window/bucket-sql.int.test.ts', 'lib/window/local-sql.int.test.ts'],
  live: ['lib/compare/live-sql.int.test.ts'],
  output: ['lib/compare/output-sql.int.test.ts'],
  events: ['lib/replay/events-sql.int.test.ts'],
  cells: ['lib/replay/cells-sql.int.test.ts'],
  compare: ['lib/compare/compare-sql.int.test.ts'],
  oracle: ['lib/recovery/method/preview-oracle.int.test.ts'],
  contract: ['lib/entry/contract-cells.int.test.ts'],
  patch: ['lib/entry/contract-patch.int.test.ts'],
  postgres: ['conformance', 'refusals', 'reading'].map((name) => `${POSTGRES}/${name}.int.test.ts`),
};
const LIMIT_MS = 600_000;

const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    judges: { type: 'string' },
    runs: { type: 'string', default: '60' },
  },
});
const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** Judges that passed without a mutant. */
const sound = new Set();
const judges = (mutant) => o.judges?.split(' ') ?? mutant.judges;

/** sql-mutants.txt as it is written there. */
function readMutants() {
  const mutants = [];
  let [file, judges] = ['', []];
  for (const line of readFileSync(join(root, 'bench/mutation/sql-mutants.txt'), 'utf8').split('\n')) {
    const [mark, text] = [line.slice(0, 2), line.slice(2).replaceAll('\\n', '\n')];
    if (mark === '@ ') [file, ...judges] = text.split(' ');
    else if (mark === '* ') mutants.push({ file, judges, says: text, from: '', to: '' });
    else if (mark === '- ') mutants.at(-1).from = text;
    else if (mark === '+ ' || line === '+') mutants.at(-1).to = text;
  }
  return mutants;
}

/** The mutated source, or a word on why there is none. */
function mutated(source, { from, to }) {
  const found = source.split(from).length - 1;
  if (from === '' || found !== 1) throw new Error(`stands in the file ${found} times`);
  return source.replace(from, () => to);
}

/** True where the judge passes. A judge that takes longer than the limit has noticed something, too. */
function passes(scratch, judge) {
  const vitest = join(scratch, 'node_modules/vitest/vitest.mjs');
  const args = [
    vitest,
    'run',
    '--config',
    'bench/mutation/vitest.sql.config.ts',
    '--bail',
    '1',
    ...JUDGES[judge],
  ];
  const child = spawn(process.execPath, args, {
    cwd: scratch,
    env: { ...process.env, RECOUNT_ORACLE_RUNS: o.runs, RECOUNT_ORACLE_SEED: '7' },
    stdio: 'ignore',
    detached: true,
  });
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), LIMIT_MS);
  return new Promise((done) =>
    child.on('close', (code) => {
      clearTimeout(timer);
      done(code === 0);
    }),
  );
}

async function killerOf(scratch, mutant) {
  const path = join(scratch, mutant.file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(source, mutant));
  try {
    for (const judge of Object.keys(JUDGES).filter((name) => judges(mutant).includes(name))) {
      if (await passes(scratch, judge)) continue;
      writeFileSync(path, source);
      if (!(await isSound(scratch, judge))) throw new Error(`the judge ${judge} fails without a mutant`);
      return judge;
    }
    return null;
  } finally {
    writeFileSync(path, source);
  }
}

/** Whether a judge passes without a mutant, asked when it first kills one. */
async function isSound(scratch, judge) {
  if (!sound.has(judge) && (await passes(scratch, judge))) sound.add(judge);
  return sound.has(judge);
}

const wanted = readMutants().filter(
  (m) =>
    (positionals.length === 0 || positionals.some((part) => m.file.includes(part))) &&
    (o.only === undefined || m.says.includes(o.only)),
);
for (const mutant of wanted) {
  try {
    mutated(readFileSync(join(root, mutant.file), 'utf8'), mutant);
  } catch (error) {
    console.error(
      `${mutant.file}: "${mutant.says}": the text ${error.message}. Bring sql-mutants.txt up to date.`,
    );
    process.exitCode = 2;
  }
}
if (process.exitCode === 2) process.exit();

const scratch = mkdtempSync(join(tmpdir(), 'recount-mutation-'));
try {
  execFileSync('git', ['clone', '--quiet', '--shared', root, scratch]);
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  cpSync(join(root, GENERATED), join(scratch, GENERATED), { recursive: true });
  const results = [];
  for (const mutant of wanted) {
    const began = performance.now();
    const killer = await killerOf(scratch, mutant);
    const seconds = Math.round((performance.now() - began) / 1000);
    results.push({ ...mutant, killer, seconds });
    console.log(
      `${killer === null ? 'SURVIVED' : `killed by ${killer}`}, ${seconds} s: ${mutant.file}: ${mutant.says}`,
    );
  }
  const files = Map.groupBy(results, (r) => r.file);
  console.table(
    [...files].map(([file, all]) => ({
      file,
      mutants: all.length,
      killed: all.filter((r) => r.killer !== null).length,
    })),
  );
  mkdirSync(join(root, '.recount/mutation'), { recursive: true });
  writeFileSync(join(root, '.recount/mutation/sql.json'), JSON.stringify(results, null, 2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
