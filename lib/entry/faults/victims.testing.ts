import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, Said } from '#lib/entry/faults/victim.testing';

/** How a victim ended: killed while at work, or after it was done (with what it answered). */
export type Death = { readonly answer: string | null };

/** Processes that are started ahead, each for one patch and one death. */
export class Victims {
  readonly #ready: Promise<ChildProcess>[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #program: string;

  constructor(ahead: number, program = fileURLToPath(new URL('victim.testing.ts', import.meta.url))) {
    this.#program = program;
    for (let n = 0; n < ahead; n += 1) this.#ready.push(this.#start());
  }

  #start(): Promise<ChildProcess> {
    const child = fork(this.#program, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: path.join(tmpdir(), 'recount-faults-cache') },
    });
    this.#all.add(child);
    child.once('exit', () => this.#all.delete(child));
    return new Promise((ready, fail) => {
      child.once('message', () => ready(child));
      child.once('error', fail);
      child.once('exit', () => fail(new Error('a victim ended before it began')));
    });
  }

  /** Lets one work until its death. */
  async kill(order: Order): Promise<Death> {
    const child = await (this.#ready.shift() ?? this.#start());
    this.#ready.push(this.#start());
    const { moment } = order;
    return new Promise((done) => {
      let answer: string | null = null;
      child.removeAllListeners('message');
      child.on('message', (said: Said) => {
        if ('ended' in said) answer = said.ended;
        child.kill('SIGKILL');
      });
      child.removeAllListeners('exit');
      child.once('exit', () => {
        this.#all.delete(child);
        done({ answer });
      });
      child.send(order);
      if (moment.kind === 'ms') setTimeout(() => child.kill('SIGKILL'), moment.ms);
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#ready);
    for (const child of this.#all) child.kill('SIGKILL');
  }
}
