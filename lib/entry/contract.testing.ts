import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, vi } from 'vitest';

// The tests of the contract know the command line, files and docs/recovery-plan.md; nothing of the program.

// A test starts up to a dozen processes, on a machine that others may keep busy.
vi.setConfig({ testTimeout: 120_000 });

const CLI = resolve('lib/entry/cli.ts');
const root = mkdtempSync(join(tmpdir(), 'recount-contract-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let turn = 0;

type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };
export type Files = Readonly<Record<string, string | Uint8Array>>;
/** biome-ignore lint/suspicious/noExplicitAny: what a program printed is asked by whoever asserts it. */
export type Printed = any;

export type Ran = {
  readonly exit: number;
  /** Standard output, parsed; null where it is no JSON. */
  readonly json: Printed;
  readonly stdout: string;
  readonly stderr: string;
};

export type Previewed = Ran & {
  /** Rows of discrepancies.csv by their columns; NULL as null. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly csv: string;
  readonly corrections: string;
  readonly rejects: string;
  /** `class` of each row by its key columns and bucket, joined with `|`. */
  readonly code: string | null;
};

/** Runs one command of the command line with `--json`, unless `words`. */
export function cli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; words?: boolean } = {},
): Promise<Ran> {
  const all = [CLI, ...args, ...(options.words ? [] : ['--json'])];
  const env = { ...process.env, RECOUNT_DATA_DIR: join(root, 'data'), NO_COLOR: '1', ...options.env };
  const given = { cwd: options.cwd ?? root, env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((done) => {
    execFile(process.execPath, all, given, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ exit, json: parsed(stdout), stdout, stderr });
    });
  });
}

function parsed(text: string): Printed {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The smallest plan: state window over 12:00 to 13:00, key k, total = sum(v). */
export const PLAN = {
  recount: 1,
  title: 'contract',
  archive: { at: 'archive.csv', fields: { id: 'id', time: 'time' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z', clock: 'time' },
  calculation: {
    name: 'c',
    versions: [{ version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } }],
    replay_with: 'deployed',
  },
  live: { store: 'live.csv', state: 'window', keys: ['k'] },
} as const;

/** Objects are merged, all else is replaced; `undefined` removes. */
export function merged(base: Json, over: Json | undefined): Json {
  if (over === undefined) return base;
  const both = [base, over].every((v) => typeof v === 'object' && v !== null && !Array.isArray(v));
  if (!both) return over;
  const out: Record<string, Json> = { ...(base as Record<string, Json>) };
  for (const [name, value] of Object.entries(over as Record<string, Json | undefined>)) {
    if (value === undefined) delete out[name];
    else out[name] = name in out ? merged(out[name] as Json, value) : value;
  }
  return out;
}

export const planText = (over: Json = {}): string =>
  JSON.stringify(merged(PLAN as unknown as Json, over), null, 2);

/** One version with other keys, measures or where than the smallest plan's. */
export const calculation = (version: Record<string, Json>): Json => ({
  name: 'c',
  versions: [{ version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' }, ...version }],
});

/** A folder with files and a plan, and the commands on it. */
export class Case {
  readonly dir: string;

  constructor(files: Files, plan: Json | string = {}) {
    this.dir = join(root, `case-${turn++}`);
    mkdirSync(this.dir, { recursive: true });
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    this.write('plan.yaml', typeof plan === 'string' ? plan : planText(plan));
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  list(name = '.'): string[] {
    return readdirSync(this.path(name)).sort();
  }

  check(env: Record<string, string> = {}): Promise<Ran> {
    return cli(['check', this.path('plan.yaml')], { env });
  }

  async preview(
    options: { out?: string; plan?: string; env?: Record<string, string>; flags?: string[] } = {},
  ): Promise<Previewed> {
    const out = options.out ?? 'out';
    const args = [
      'preview',
      this.path(options.plan ?? 'plan.yaml'),
      '--out',
      this.path(out),
      ...(options.flags ?? []),
    ];
    const ran = await cli(args, options.env === undefined ? {} : { env: options.env });
    const file = (name: string): string => (this.has(`${out}/${name}`) ? this.read(`${out}/${name}`) : '');
    const csv = file('discrepancies.csv');
    const more = {
      csv,
      rows: rowsOf(csv),
      corrections: file('corrections.csv'),
      rejects: file('rejects.csv'),
    };
    return { ...ran, ...more, code: ran.json?.error?.code ?? null };
  }

  async apply(
    seal: string,
    options: { out?: string; flags?: string[]; env?: Record<string, string> } = {},
  ): Promise<Ran> {
    const args = ['apply', this.path(options.out ?? 'out'), '--seal', seal, ...(options.flags ?? [])];
    return cli(args, options.env === undefined ? {} : { env: options.env });
  }

  undo(seal: string, out = 'out', env: Record<string, string> = {}): Promise<Ran> {
    return cli(['undo', this.path(out), '--seal', seal], { env });
  }

  verify(out = 'out', env: Record<string, string> = {}): Promise<Ran> {
    return cli(['verify', this.path(out)], { env });
  }
}

/** Rows of an RFC 4180 text: an unquoted empty field is null, `""` is the empty string. */
export function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/y;
  let row: (string | null)[] = [];
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (found === null) throw new Error(`no CSV at ${field.lastIndex}`);
    row.push(
      found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2] === '' ? null : (found[2] ?? null),
    );
    if (found[3] !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

function rowsOf(csv: string): Readonly<Record<string, string | null>>[] {
  const [head = [], ...rows] = parseCsv(csv);
  return rows.map((row) => Object.fromEntries(head.map((name, i) => [String(name), row[i] ?? null])));
}

/** Some columns of rows, each row as one text: `changed a 1 2`; NULL as `~`. */
export const brief = (
  rows: readonly Readonly<Record<string, string | null>>[],
  ...names: string[]
): string[] => rows.map((row) => names.map((name) => row[name] ?? '~').join(' '));

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/** Runs SQL in an own DuckDB and gives the rows as JSON values: writes and reads Parquet for the tests. */
export async function duckdb(sql: string): Promise<Printed[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Lines with a final newline. */
export const lines = (...rows: string[]): string => `${rows.join('\n')}\n`;
