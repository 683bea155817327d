import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ZodType } from 'zod';
import type { Reply, Request } from '#lib/adapters/duckdb/child-protocol';
import { theMetrics } from '#lib/adapters/metrics/metrics';
import type { Code } from '#lib/base/codes';
import { Bug, Failure } from '#lib/base/failure';
import type { Session, SessionOptions } from '#lib/replay/session';

// Bundled into the pages' server, this module has no place of its own; that server runs in the checkout.
const FOLDER = import.meta.filename?.endsWith('child-session.ts')
  ? dirname(import.meta.filename)
  : join(process.cwd(), 'lib', 'adapters', 'duckdb');
const GRACE_MS = 1_000;

/**
 * Opens a DuckDB database in a process of its own, which has an empty environment and can be killed: a crash, a memory
 * bomb or an endless query ends the run and nothing else. The same port as `openSession`.
 */
export async function openChildSession(scratchRoot: string, options: SessionOptions): Promise<Session> {
  const child = spawn(process.execPath, [/* turbopackIgnore: true */ join(FOLDER, 'child-start.js')], {
    env: Object.create(null) as NodeJS.ProcessEnv,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const session = new ChildSession(child, options.signal);
  const { folders, files, memoryLimit, threads } = options;
  try {
    await session.open({ op: 'open', scratchRoot, options: { folders, files, memoryLimit, threads } });
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };

class ChildSession implements Session {
  scratch = '';
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #closing: Promise<void> | null = null;
  #words = '';
  readonly #onAbort = (): void => void this.close();

  constructor(child: ChildProcess, signal: AbortSignal | undefined) {
    this.#child = child;
    this.#signal = signal;
    child.on('message', (reply: Reply) => this.#settle(reply));
    child.on('exit', (code, sent) => this.#ended(code, sent));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#words = `${this.#words}${chunk.toString('utf8')}`.slice(-2_000);
    });
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort);
  }

  async open(request: Request): Promise<void> {
    this.scratch = String(await this.#ask(request));
  }

  async run(sql: string): Promise<void> {
    await this.#ask({ op: 'run', sql });
  }

  async rows<T>(sql: string, row: ZodType<T>): Promise<T[]> {
    const rows = (await this.#ask({ op: 'rows', sql })) as readonly unknown[];
    return rows.map((r) => row.parse(r));
  }

  async one<T>(sql: string, row: ZodType<T>): Promise<T> {
    const [first, ...rest] = await this.rows(sql, row);
    if (first === undefined || rest.length > 0)
      throw new Bug(`expected one row, got ${rest.length + (first ? 1 : 0)}`);
    return first;
  }

  async lock(): Promise<void> {
    await this.#ask({ op: 'lock' });
  }

  async progress(): Promise<number | null> {
    return (await this.#ask({ op: 'progress' })) as number | null;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const exited = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
    if (this.#child.connected) this.#child.disconnect();
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), this.#waiting.size > 0 ? 0 : GRACE_MS);
    await exited;
    clearTimeout(kill);
    // A killed child could not tidy up after itself.
    if (this.scratch !== '') await rm(this.scratch, { recursive: true, force: true });
  }

  #ask(request: Request): Promise<unknown> {
    if (this.#signal?.aborted) return Promise.reject(new Failure('run.cancelled', 'The run was cancelled.'));
    if (this.#closing !== null || !this.#child.connected) return Promise.reject(this.#crash('it is gone'));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request });
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else
      waiting?.reject(
        reply.code === null ? new Error(reply.message) : new Failure(reply.code as Code, reply.message),
      );
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#closing === null) theMetrics().childCrashes.inc();
    const why = this.#signal?.aborted
      ? new Failure('run.cancelled', 'The run was cancelled.')
      : this.#crash(signal === null ? `exit code ${code}` : `signal ${signal}`);
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  #crash(how: string): Failure {
    const words = this.#words.trim().split('\n').at(-1) ?? '';
    return new Failure(
      'engine.crashed',
      `The DuckDB process ended (${how})${words === '' ? '.' : `: ${words}`}`,
    );
  }
}
