#!/usr/bin/env node
// Times `preview` on a million-event incident beside a plain scan of the same archive, and checks its answer against
// the truth. Run: node_modules/.bin/node bench/preview.mjs [--events 1000000] [--pairs 5] [--format parquet|csv] [--fresh]
// A figure counts only with 0 false, 0 missed, 0 wrong.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: o } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    format: { type: 'string', default: 'parquet' },
    threads: { type: 'string', default: '2' },
    fresh: { type: 'boolean', default: false },
  },
});
const root = resolve(fileURLToPath(import.meta.url), '../..');
const node = process.execPath;
const home = join(tmpdir(), `recount-bench-${o.events}`);
const incident = join(home, 'incident');
const dataDir = join(home, 'data');

/** Runs a child to its end: seconds, peak resident MB (all its processes'), standard output. */
async function run(args, env = {}) {
  const began = performance.now();
  const child = spawn(node, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err, peakKb] = ['', '', 0];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const watch = setInterval(() => (peakKb = Math.max(peakKb, treeKb(child.pid))), 10);
  const code = await new Promise((done) => child.on('close', done));
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${args.slice(0, 3).join(' ')} ended with ${code}:\n${err}\n${out}`);
  return { seconds, peakMb: peakKb / 1024, out };
}

/** The high-water marks of a process and its children (Linux; 0 elsewhere). */
function treeKb(pid) {
  try {
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    return children.reduce((sum, child) => sum + treeKb(Number(child)), own);
  } catch {
    return 0;
  }
}

async function prepare() {
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(incident, 'manifest.json'))) {
    console.error(`making ${o.events} events in ${incident} (once)`);
    await run([
      join(root, 'bench/make-incident.mjs'),
      '--out',
      incident,
      '--events',
      o.events,
      '--formats',
      'parquet,csv',
    ]);
  }
  const at = o.format === 'csv' ? 'events.csv' : 'parquet/**/*.parquet';
  const plan = {
    recount: 1,
    archive: {
      at,
      layout: o.format === 'csv' ? 'plain' : 'hive',
      slack: '2h',
      timezone: 'UTC',
      fields: { id: 'event_id', time: 'timestamp', ingested: 'received_at' },
      types: { user_id: 'bigint', value: 'decimal(12,2)' },
    },
    window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T15:00:00Z', clock: 'ingested' },
    calculation: {
      name: 'hourly',
      versions: [
        { version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)', count: 'count(*)' } },
      ],
    },
    live: {
      store: 'live_hourly.csv',
      state: 'bucketed',
      keys: ['user_id'],
      bucket: { column: 'hour', size: '1h', timezone: 'UTC' },
    },
    patch: { only_in_live: 'delete', archive_is_complete: true },
  };
  const file = join(incident, `plan-${o.format}.yaml`);
  writeFileSync(file, JSON.stringify(plan, null, 2));
  return { file, at: join(incident, at) };
}

const table = (file) => {
  const [header, ...rows] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])));
};
const hour = (text) => `${text.replace(' ', 'T').slice(0, 19)}Z`;
const number = (text) => (text === '' || text === undefined ? null : Number(text));

/** Every truth row must be there with both values right, and nothing else. */
function judge(outDir) {
  const key = (row) => `${row.user_id} ${hour(row.hour)}`;
  const found = new Map(table(join(outDir, 'discrepancies.csv')).map((row) => [key(row), row]));
  const truth = new Map(table(join(incident, 'truth_hourly.csv')).map((row) => [key(row), row]));
  const classes = { insert: 'missing_in_live', update: 'changed', delete: 'only_in_live' };
  const isRight = (t, f) =>
    f.class === classes[t.action] &&
    number(f.total_live) === number(t.live_total) &&
    number(f.count_live) === number(t.live_count) &&
    number(f.total_recalculated) === number(t.total) &&
    number(f.count_recalculated) === number(t.count);
  const wrong = [...truth].filter(([k, t]) => found.has(k) && !isRight(t, found.get(k))).length;
  const missed = [...truth.keys()].filter((k) => !found.has(k)).length;
  const extra = [...found.keys()].filter((k) => !truth.has(k)).length;
  return { truth: truth.size, false: extra, missed, wrong };
}

const SCAN = `
import { DuckDBInstance } from '@duckdb/node-api';
const [, at, threads] = process.argv;
const db = await (await DuckDBInstance.create(':memory:', { threads })).connect();
const source = at.endsWith('.csv') ? "read_csv('" + at + "')" : "read_parquet('" + at + "', hive_partitioning = false)";
const rows = await db.runAndReadAll('SELECT min("timestamp"), max("timestamp"), min(received_at), max(received_at), min(user_id), max(user_id), sum(value), count(*) FROM ' + source);
console.log(JSON.stringify(rows.getRowsJson()));
`;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const pad = (text) => String(text).padStart(9);

const { file, at } = await prepare();
const outDir = join(home, 'out');
const env = { RECOUNT_DATA_DIR: dataDir, RECOUNT_THREADS: o.threads };
const pairs = [];
console.log(
  `${o.events} events, ${o.format}, ${o.threads} threads, ${o.fresh ? 'staged anew each time' : 'staged parts kept'}`,
);
console.log(`${pad('preview')} s ${pad('peak')} MB ${pad('scan')} s ${pad('ratio')}`);
for (let i = 0; i < Number(o.pairs); i++) {
  rmSync(outDir, { recursive: true, force: true });
  if (o.fresh) rmSync(dataDir, { recursive: true, force: true });
  const preview = await run(
    [join(root, 'lib/entry/run.js'), 'cli', 'preview', file, '--out', outDir, '--json'],
    env,
  );
  const scan = await run(['--input-type=module', '--eval', SCAN, at, o.threads]);
  const ratio = preview.seconds / scan.seconds;
  pairs.push({ preview, scan, ratio, summary: JSON.parse(preview.out), verdict: judge(outDir) });
  console.log(
    `${pad(preview.seconds.toFixed(2))}   ${pad(preview.peakMb.toFixed(0))}    ${pad(scan.seconds.toFixed(2))}   ${pad(ratio.toFixed(2))}`,
  );
}
const { verdict, summary } = pairs[0];
const sums = new Set(pairs.map((p) => p.summary.patch.seal));
console.log(
  `median ${median(pairs.map((p) => p.preview.seconds)).toFixed(2)} s, peak ${Math.max(...pairs.map((p) => p.preview.peakMb)).toFixed(0)} MB, ratio to a scan ${median(pairs.map((p) => p.ratio)).toFixed(2)}`,
);
console.log(
  `records ${summary.archive.records}, affected cells ${summary.cells.affected}, truth ${verdict.truth}: ${verdict.false} false, ${verdict.missed} missed, ${verdict.wrong} wrong; ${sums.size} seal`,
);
const good = pairs.every(({ verdict: v }) => v.false + v.missed + v.wrong === 0) && sums.size === 1;
if (!good) {
  console.error('the answer is not the truth: no figure counts');
  process.exit(1);
}
