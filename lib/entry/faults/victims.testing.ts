import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Moment, Said } from '#lib/entry/faults/watch.testing';

/** How a victim ended: killed while at work, or after it was done (with what it answered). */
export type Death = { readonly answer: string | null };

/** Processes that are started ahead, each for one patch and one death. */
export class Victims {
  readonly #ready: Promise<ChildProcess>[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #program: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(ahead: number, program: 'victim' | 'job-victim', env: NodeJS.ProcessEnv = process.env) {
    this.#program = fileURLToPath(new URL(`${program}.testing.ts`, import.meta.url));
    this.#env = env;
    for (let n = 0; n < ahead; n += 1) this.#ready.push(this.#start());
  }

  #start(): Promise<ChildProcess> {
    const child = fork(this.#program, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...this.#env, NODE_COMPILE_CACHE: path.join(tmpdir(), 'recount-faults-cache') },
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
  async kill(order: { readonly moment: Moment }): Promise<Death> {
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

  /** Lets one work until it is held; `goOn` lets it end its work, and answers what it answered. */
  async freeze(order: { readonly moment: Moment }): Promise<{ goOn(): Promise<Death> }> {
    const child = await (this.#ready.shift() ?? this.#start());
    this.#ready.push(this.#start());
    child.removeAllListeners('message');
    child.removeAllListeners('exit');
    const death = new Promise<Death>((done) => {
      let answer: string | null = null;
      child.on('message', (said: Said) => {
        if ('ended' in said) answer = said.ended;
        child.kill('SIGKILL');
      });
      child.once('exit', () => {
        this.#all.delete(child);
        done({ answer });
      });
    });
    child.send({ ...order, freeze: true });
    while (child.exitCode === null && child.signalCode === null && stateOf(child.pid ?? 0) !== 'T')
      await sleep(10);
    return {
      goOn: () => {
        child.kill('SIGCONT');
        return death;
      },
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#ready);
    for (const child of this.#all) child.kill('SIGKILL');
  }
}

/** What Linux says a process does; `T`: it is held. */
function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] ?? '';
  } catch {
    return '';
  }
}
