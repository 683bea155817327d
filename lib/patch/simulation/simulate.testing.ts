import type { Stage } from '#lib/patch/simulation/attempts.testing';
import { applyByHand, COMMAND_LINE, checkLedger } from '#lib/patch/simulation/bystanders.testing';
import { Records } from '#lib/patch/simulation/records.testing';
import { BEFORE, ROWS, Target } from '#lib/patch/simulation/target.testing';
import { type Flaw, Worker } from '#lib/patch/simulation/worker.testing';
import { Process, World } from '#lib/patch/simulation/world.testing';
import type { PatchEdge } from '#lib/patch/state';

/** More steps than any run that ends needs. */
const MOST_STEPS = 5_000;

/** One run: an apply of one patch, everything that may happen to it, then calm, then the invariants. */
export class Simulation {
  readonly seed: number;
  readonly world: World;
  readonly #target: Target;
  readonly #records: Records;
  readonly #workers: readonly Worker[];
  #mishaps: number;
  readonly #haste: number;
  #nextValue = 100;
  #isByHand = false;
  /** Commands that still run. */
  #hands = 0;
  #isChecking = false;
  #isChecked = false;
  isDone = false;

  constructor(seed: number, flaw: Flaw | null = null, isTold = false) {
    this.seed = seed;
    this.world = new World(seed, isTold);
    const { random } = this.world;
    this.#target = new Target(this.world, random.chance(0.7), {
      isDelta: random.chance(0.4),
      uniqueKeys: flaw !== 'no_unique_keys',
      guard: flaw !== 'no_guard',
    });
    this.#records = new Records(this.world, flaw !== 'no_attempt_check');
    this.#workers = ['worker 1', 'worker 2'].map(
      (name) => new Worker(name, this.world, this.#target, this.#records, flaw),
    );
    this.#mishaps = random.below(14);
    this.#haste = random.next() ** 2 * 0.3;
    this.#watch();
    this.#records.start();
    this.#reconcileLater();
  }

  /** Lets one thing happen, unless all is over. */
  step(): void {
    if (this.isDone) return;
    const { world } = this;
    if (!world.isCalm) this.#disturb();
    else if (this.#isQuiet && this.#isChecked) {
      this.#end();
      return;
    } else if (this.#isQuiet && !this.#isChecking) this.#check();
    const went = world.step();
    world.must(went || !world.isCalm, 'liveness: nothing can happen any more, and the patch is not settled');
    world.must(world.steps < MOST_STEPS, 'liveness: the patch is not settled');
    if (world.violation !== null) this.isDone = true;
  }

  /** What is looked at after a run. */
  get summary(): { readonly state: string; readonly isApplied: boolean; readonly restores: number } {
    return {
      state: this.#records.state,
      isApplied: this.#target.isApplied,
      restores: this.#target.restores,
    };
  }

  get #isQuiet(): boolean {
    const { job, isUnderWay } = this.#records;
    const isAtRest = job.state === 'none' && !isUnderWay && this.#hands === 0 && this.world.isIdle;
    return isAtRest && this.#workers.every(({ isBusy }) => !isBusy);
  }

  #end(): void {
    this.isDone = true;
    const { state } = this.#records;
    const { isApplied } = this.#target;
    this.world.must(
      (state === 'applied') === isApplied,
      `I4 the record says ${state}, the ledger ${isApplied}`,
    );
  }

  /** Records and ledger are compared; once all is calm, until they agree. */
  #check(): void {
    const isLast = this.world.isCalm && this.#isQuiet;
    this.#isChecking = true;
    void checkLedger(this.#stage('checker'), this.#records)
      .then(
        (isAgreed) => {
          this.#isChecked = isLast && isAgreed;
        },
        () => {},
      )
      .finally(() => {
        this.#isChecking = false;
      });
  }

  #applyByHand(): void {
    this.#isByHand = true;
    this.#hands += 1;
    void applyByHand(this.#stage(COMMAND_LINE)).finally(() => {
      this.#hands -= 1;
    });
  }

  #stage(name: string): Stage {
    return { world: this.world, target: this.#target, worker: new Process(name) };
  }

  /** What must hold at any moment: what a view of the record says is true then, and stays true. */
  #watch(): void {
    const { world } = this;
    this.#target.onApplied = (by) => {
      this.#isChecked = false;
      if (by === COMMAND_LINE) return;
      const { state } = this.#records;
      const isOpen = state === 'committing' || state === 'unknown';
      world.must(isOpen, `I8 the patch was committed while the record said ${state}`);
    };
    this.#records.onMove = (edge: PatchEdge) => {
      const { isApplied, restores } = this.#target;
      const { state } = this.#records;
      this.#isChecked = false;
      if (edge === 'apply' || edge === 'find')
        world.must(isApplied || restores > 0, 'I8 recorded as applied, and the ledger does not have it');
      else if (['stale', 'failed', 'proposed', 'approved', 'lost'].includes(state))
        // what is applied by hand at the same moment is found by the check
        world.must(!isApplied || this.#isByHand, `I8 recorded as ${state}, and the ledger has it`);
    };
    this.#records.onQueued = () => {
      for (const worker of this.#workers) if (worker.isAlive) worker.poll();
    };
  }

  #reconcileLater(): void {
    this.world.timer('a minute passed', () => {
      if (!this.#records.isAway) this.#records.reconcile();
      this.#reconcileLater();
    });
  }

  /** Now and then something happens that nobody asked for; in the end nothing does any more. */
  #disturb(): void {
    const { world } = this;
    if (this.#mishaps === 0) {
      if (world.isIdle || world.random.chance(0.03)) this.#becalm();
    } else if (world.isIdle || world.random.chance(this.#haste)) {
      this.#mishaps -= 1;
      this.#mishap();
    }
  }

  #becalm(): void {
    this.world.calm();
    this.#records.isAway = false;
    for (const worker of this.#workers) worker.restart();
  }

  #mishap(): void {
    const { random } = this.world;
    const worker = this.#workers[random.below(this.#workers.length)];
    const target = this.#target;
    const records = this.#records;
    const value = random.chance(0.5) ? BEFORE : this.#nextValue++;
    const row = random.below(ROWS);
    const chosen = choose(random.next(), [
      [25, `${worker?.name} is killed`, () => worker?.kill()],
      [20, `${worker?.name} is started`, () => worker?.restart()],
      [8, 'the target restarts', () => target.restart()],
      [3, 'the target is restored', () => target.restore()],
      [12, `a writer wants row ${row} := ${value}`, () => target.drift(value, row)],
      [2, 'a column changes', () => target.alter()],
      [7, 'the records go or come', () => records.goOrCome()],
      [8, 'the operator cancels', () => records.cancel()],
      [8, 'the operator starts it', () => records.start()],
      [7, 'the operator asks again', () => records.settle()],
      [6, 'an approval counts no more, or anew', () => records.loseOrGainSupport()],
      [5, 'records and ledger are compared', () => this.#check()],
      [2, 'it is applied by hand', () => this.#applyByHand()],
    ]);
    if (chosen === undefined) return;
    this.world.tell(`* ${chosen[1]}`);
    chosen[2]();
  }
}

type Mishap = readonly [share: number, what: string, go: () => void];

function choose(drawn: number, mishaps: readonly Mishap[]): Mishap | undefined {
  let left = drawn * mishaps.reduce((sum, [share]) => sum + share, 0);
  return mishaps.find(([share]) => {
    left -= share;
    return left < 0;
  });
}

/** How many runs are under way at once: their promises settle in the same turn of the event loop. */
const TOGETHER = 512;

export type Found = { readonly seed: number; readonly rule: string };
export type Tally = { readonly runs: number; readonly steps: number; readonly ends: Record<string, number> };

/** Runs the seeds of [from, to) until one breaks a rule. Each run goes by its own seed alone, whatever runs beside it. */
export async function simulate(
  from: number,
  to: number,
  flaw: Flaw | null = null,
): Promise<{ found: Found | null; tally: Tally }> {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const ends: Record<string, number> = {};
  let [steps, runs, next] = [0, 0, from];
  let found: Found | null = null;
  let active: Simulation[] = [];
  while (found === null && (active.length > 0 || next < to)) {
    while (active.length < TOGETHER && next < to) active.push(new Simulation(next++, flaw));
    for (const run of active) run.step();
    await new Promise((resume) => setImmediate(resume));
    for (const run of active) {
      if (!run.isDone) continue;
      runs += 1;
      steps += run.world.steps;
      const { state, restores } = run.summary;
      const end = `${state}${restores > 0 ? ', restored' : ''}`;
      ends[end] = (ends[end] ?? 0) + 1;
      if (run.world.violation !== null) found ??= { seed: run.seed, rule: run.world.violation.message };
    }
    active = active.filter(({ isDone }) => !isDone);
  }
  Error.stackTraceLimit = before;
  return { found, tally: { runs, steps, ends } };
}

/** One run, told. */
export async function replay(seed: number, flaw: Flaw | null = null): Promise<string[]> {
  const run = new Simulation(seed, flaw, true);
  while (!run.isDone) {
    run.step();
    await new Promise((resume) => setImmediate(resume));
  }
  return [...(run.world.trace ?? []), `ends: ${JSON.stringify(run.summary)}`];
}
