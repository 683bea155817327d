// One stage's mutants in one process: for a look between two runs of Stryker, whose instrumenter makes the mutants.
// Stryker starts the test files anew for every mutant; here they are one bundle that is evaluated again, which takes
// milliseconds. Tests that need servers are left out; property tests run at most 300 times each. A mutant that hangs is killed from outside, and the run goes on.
import { spawn } from 'node:child_process';
import { appendFileSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, matchesGlob, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const require = createRequire(import.meta.url);
const ENTRY = '\0tests';
/** A mutant without an answer for so long hangs; on a busy machine the start takes as long. */
const HANGS_MS = 60_000;

/** Files of the patterns, without those of the patterns that begin with `!`. */
const filesOf = (globs) => {
  const left = globs.filter((g) => g.startsWith('!')).map((g) => g.slice(1));
  return globs
    .filter((g) => !g.startsWith('!'))
    .flatMap((g) => globSync(g, { cwd: root }))
    .filter((file) => !left.some((g) => matchesGlob(file, g)))
    .sort();
};

async function instrumented(files) {
  const { Instrumenter } = await import(require.resolve('@stryker-mutator/instrumenter'));
  const silent = { debug() {}, info() {}, warn() {}, error: console.error, isDebugEnabled: () => false };
  const sources = files.map((file) => {
    const name = join(root, file);
    return { name, mutate: true, content: readFileSync(name, 'utf8') };
  });
  const options = { plugins: null, excludedMutations: ['StringLiteral'], ignorers: [] };
  const found = await new Instrumenter(silent).instrument(sources, options);
  return { ...found, mutants: found.mutants.filter((m) => m.status !== 'Ignored') };
}

/** All tests of a stage with the mutated files in them, as one script. */
async function bundle(tests, files, to) {
  const mutated = new Map(files.map((f) => [f.name, f.content]));
  const built = await rolldown({
    input: ENTRY,
    platform: 'node',
    logLevel: 'silent',
    treeshake: false,
    external: (id) => !/^[#/\0]/.test(id),
    plugins: [
      {
        name: 'mutants',
        resolveId: (id) =>
          id === ENTRY ? id : id.startsWith('#') ? join(root, `${id.slice(1)}.ts`) : undefined,
        load(id) {
          if (id === ENTRY) return tests.map((t) => `import ${JSON.stringify(join(root, t))};`).join('\n');
          return mutated.has(id) ? { code: mutated.get(id), moduleType: 'ts' } : undefined;
        },
      },
    ],
  });
  await built.write({ file: to, format: 'cjs' });
}

/** Runs the host until it ends by itself; a mutant that it hangs in is a timeout, and it begins again behind that. */
async function judge(folder) {
  const out = join(folder, 'out.jsonl');
  const answers = () =>
    readFileSync(out, 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  writeFileSync(out, '');
  for (;;) {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const child = spawn(
      process.execPath,
      [vitest, 'run', '--config', 'bench/mutation/vitest.fast.config.ts'],
      {
        cwd: root,
        env: { ...process.env, MUTATION_FOLDER: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      },
    );
    let [said, size, since] = ['', -1, Date.now()];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const timer = setInterval(() => {
      const now = statSync(out).size;
      if (now !== size) [size, since] = [now, Date.now()];
      else if (Date.now() - since > HANGS_MS) process.kill(-child.pid, 'SIGKILL');
    }, 1000);
    const code = await new Promise((done) => child.on('close', done));
    clearInterval(timer);
    const all = answers();
    const over = new Set(all.filter((a) => a.status !== 'begun').map((a) => a.id));
    const hanging = all.filter((a) => !over.has(a.id));
    for (const { id } of hanging) appendFileSync(out, `${JSON.stringify({ id, status: 'timeout' })}\n`);
    if (code === 0) return new Map(all.filter((a) => a.status !== 'begun').map((a) => [a.id, a.status]));
    if (hanging.length === 0) throw new Error(said.slice(-4000));
  }
}

function told(mutant, status) {
  const lines = readFileSync(mutant.fileName, 'utf8').split('\n');
  const { start, end } = mutant.location;
  const cut = (lines[start.line] ?? '').slice(start.column, start.line === end.line ? end.column : undefined);
  const place = `${relative(root, mutant.fileName)}:${start.line + 1}`;
  const by = mutant.replacement.replace(/\s+/g, ' ').slice(0, 120);
  return `${place} ${status}: ${cut}${start.line === end.line ? '' : ' …'} => ${by}\n    ${lines[start.line]?.trim()}`;
}

/** Judges one stage; survivors go to .recount/mutation/NAME-fast.txt. */
export async function judgeStage(name, { mutate, tests, leave }) {
  const folder = join(root, '.recount/mutation', `fast-${name}`);
  mkdirSync(folder, { recursive: true });
  const { files, mutants } = await instrumented(filesOf(mutate));
  await bundle(
    filesOf([...tests, '!**/*.{int,long}.test.ts', ...leave.map((g) => `!${g}`)]),
    files,
    join(folder, 'bundle.cjs'),
  );
  writeFileSync(join(folder, 'mutants.json'), JSON.stringify(mutants.map((m) => m.id)));
  const statuses = await judge(folder);
  const table = {};
  const survivors = [];
  for (const mutant of mutants) {
    const status = statuses.get(mutant.id) ?? 'not run';
    const file = relative(root, mutant.fileName);
    table[file] = { ...table[file], [status]: (table[file]?.[status] ?? 0) + 1 };
    if (status === 'survived' || status === 'not covered') survivors.push(told(mutant, status));
  }
  console.table(table);
  console.log(`${name}: ${mutants.length} mutants, ${survivors.length} left`);
  writeFileSync(join(root, '.recount/mutation', `${name}-fast.txt`), `${survivors.join('\n')}\n`);
}
