import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** A child that `start` looks after. */
export type Child = {
  readonly name: string;
  /** Tells it to end, and kills it after `graceMs`. Answers when it is gone. */
  stop(graceMs: number): Promise<void>;
};

type Options = {
  readonly args?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Called when it ended by itself. Answers after how many milliseconds to start it again; null: not. */
  readonly onEnd: (how: string, upMs: number) => number | null;
};

/** Starts lib/entry/NAME.ts as a process of its own, with a channel by which it hears that it shall end. */
export function startChild(name: string, options: Options): Child {
  let stopped = false;
  let running: ChildProcess | null = null;
  let again: NodeJS.Timeout | undefined;
  const launch = (): void => {
    const began = performance.now();
    const file = path.join(import.meta.dirname, `${name}.ts`);
    const child = spawn(process.execPath, ['--enable-source-maps', file, ...(options.args ?? [])], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: options.env,
    });
    running = child;
    child.once('error', (error) => console.error(`${name}: ${error.message}`));
    child.once('exit', (code, signal) => {
      running = null;
      if (stopped) return;
      const delay = options.onEnd(
        signal === null ? `exit code ${code}` : `signal ${signal}`,
        performance.now() - began,
      );
      if (delay !== null) again = setTimeout(launch, delay);
    });
  };
  launch();
  return {
    name,
    stop: async (graceMs) => {
      stopped = true;
      clearTimeout(again);
      if (running !== null) await end(running, graceMs);
    },
  };
}

function end(child: ChildProcess, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
    if (child.connected) child.send('stop', (error) => error !== null && child.kill());
    else child.kill();
  });
}

const LONGEST_PAUSE_MS = 30_000;
const HEALTHY_AFTER_MS = 60_000;

/** How long to wait before each new start: 1, 2, 4 … 30 s; from the beginning once it ran for a minute. */
export function backOff(): (upMs: number) => number {
  let failures = 0;
  return (upMs) => {
    failures = upMs > HEALTHY_AFTER_MS ? 1 : failures + 1;
    return Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (failures - 1));
  };
}
