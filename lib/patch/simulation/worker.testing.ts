import { Failure } from '#lib/base/failure';
import {
  type ApplyHooks,
  type ApplyPort,
  applyAndRecord,
  type PatchGuard,
  type RecordStep,
  stepsAfterFault,
  type Taken,
} from '#lib/patch/apply-protocol';
import { applyAtMostOnce, settleOpenAttempt } from '#lib/patch/at-most-once';
import {
  attemptOnce,
  createLedger,
  fencing,
  look,
  type Open,
  openAttempt,
  type Stage,
  wait,
} from '#lib/patch/simulation/attempts.testing';
import type { Delivery, Records } from '#lib/patch/simulation/records.testing';
import type { Target } from '#lib/patch/simulation/target.testing';
import { Process, type World } from '#lib/patch/simulation/world.testing';

/** Known-bad variants, each of which the simulation must catch. */
export const FLAWS = [
  'plain_read',
  'no_guard',
  'recorded_early',
  'no_attempt_check',
  'no_unique_keys',
  'no_word_before_commit',
  'blind_retry',
  'shared_attempt',
  'failure_is_proof',
] as const;
export type Flaw = (typeof FLAWS)[number];

/** A worker process: takes the job, applies by the shared protocol, records. As jobs-run.ts and job-apply.ts do it. */
export class Worker {
  readonly name: string;
  readonly #world: World;
  readonly #target: Target;
  readonly #records: Records;
  readonly #flaw: Flaw | null;
  #process: Process;
  isBusy = false;

  constructor(name: string, world: World, target: Target, records: Records, flaw: Flaw | null) {
    this.name = name;
    this.#world = world;
    this.#target = target;
    this.#records = records;
    this.#flaw = flaw;
    this.#process = new Process(name);
  }

  get isAlive(): boolean {
    return this.#process.isAlive;
  }

  kill(): void {
    this.#process.kill();
    this.isBusy = false;
  }

  restart(): void {
    if (this.isAlive) return;
    this.#process = new Process(this.name);
    this.poll();
  }

  /** Looks for work. */
  poll(): void {
    const process = this.#process;
    this.#world.soon(this.name, 'looks for a job', () => {
      if (!process.isAlive || this.isBusy) return;
      if (this.#records.isAway) return this.#world.timer(`${this.name} asks again`, () => this.poll());
      const delivery = this.#records.deliver();
      if (delivery !== null) void this.#work(process, delivery);
    });
  }

  async #work(process: Process, delivery: Delivery): Promise<void> {
    this.isBusy = true;
    this.#watchLease(process, delivery);
    const isDone = await this.#handle(process, delivery).then(
      () => true,
      () => false,
    );
    await this.#records
      .ask(process, isDone ? 'the job is done' : 'the job is tried again', () =>
        this.#records.end(delivery, !isDone),
      )
      .catch(() => null);
    this.isBusy = false;
    this.poll();
  }

  /** As workOf(): a Failure is an outcome; what could not be written goes back to the queue. */
  async #handle(process: Process, delivery: Delivery): Promise<void> {
    try {
      await applyAndRecord(this.#port(process, delivery));
    } catch (error) {
      const failure = error instanceof Failure ? error : new Failure('server.fault', String(error));
      await this.#records.ask(process, 'a fault', () => {
        for (const step of stepsAfterFault(failure)) if (this.#records.move(step.edge, step.guard)) return;
      });
    }
  }

  /** The lease ends: at any time while there are faults, also under a living worker; else only under a dead one. */
  #watchLease(process: Process, delivery: Delivery): void {
    this.#world.timer(`the lease of ${this.name} ends`, () => {
      const { job } = this.#records;
      if (job.state !== 'active' || job.delivery !== delivery) return;
      if (this.#world.isCalm && process.isAlive && this.isBusy) return this.#watchLease(process, delivery);
      delivery.isAborted = this.#world.random.chance(0.5);
      this.#records.end(delivery, true);
    });
  }

  #port(process: Process, delivery: Delivery): ApplyPort<Taken, 'done'> {
    const records = this.#records;
    const record = (label: string, step: RecordStep): Promise<boolean> =>
      records.ask(process, label, () => records.move(step.edge, step.guard));
    return {
      take: () => this.#take(process),
      apply: (taken, hooks) => this.#apply(process, delivery, taken, hooks),
      settle: async () => (this.#flaw === 'failure_is_proof' ? null : this.#settle(process)),
      allowCommit: (taken, guard) =>
        this.#flaw === 'no_word_before_commit'
          ? Promise.resolve(true)
          : this.#allowCommit(process, taken, guard),
      recordApplied: async () =>
        void (await records.ask(process, 'it is applied', () => records.move('apply'))),
      record: async (_taken, step) => void (await record(`it ended: ${step.edge}`, step)),
      report: () => {},
      pause: async () => {
        await wait({ world: this.#world, target: this.#target, worker: process });
        return !delivery.isAborted;
      },
    };
  }

  async #allowCommit(process: Process, { attempt }: Taken, guard: PatchGuard): Promise<boolean> {
    const records = this.#records;
    if (await records.ask(process, 'may COMMIT be sent', () => records.move('commit', guard))) return true;
    await records.ask(process, 'is it still approved', () => records.stopUnsupported(attempt));
    return false;
  }

  async #take(process: Process): Promise<Taken | null> {
    const records = this.#records;
    const seen = await records.ask(process, 'read', () => ({
      isUnderWay: records.isUnderWay,
      state: records.state,
      attempt: records.attempt,
    }));
    const attempt = this.#flaw === 'shared_attempt' ? seen.attempt : seen.attempt + 1;
    if (!seen.isUnderWay) return null;
    if (!(await records.ask(process, 'take', () => records.take(seen, attempt)))) {
      await records.ask(process, 'is it still approved', () => records.stopUnsupported(seen.attempt));
      return null;
    }
    return { attempt, isUncertain: seen.state !== 'applying' };
  }

  async #settle(process: Process): Promise<'done' | null> {
    const stage: Stage = { world: this.#world, target: this.#target, worker: process };
    const outcome = await settleOpenAttempt<Open>({
      ...fencing(stage, this.#flaw === 'plain_read'),
      isApplied: () => look(stage),
      openAttempt: () => openAttempt(stage),
    });
    return outcome === 'applied' ? 'done' : null;
  }

  async #apply(
    process: Process,
    delivery: Delivery,
    { isUncertain }: Taken,
    hooks: ApplyHooks<'done'>,
  ): Promise<void> {
    const stage: Stage = { world: this.#world, target: this.#target, worker: process };
    const { random } = this.#world;
    const fails = (probability: number): boolean => !this.#world.isCalm && random.chance(probability);
    const stopped = (): void => {
      // the records are asked every 300 ms, so that a cancel is seen sooner or later
      const isCancelled = this.#records.isCancelRequested && random.chance(0.5);
      if (delivery.isAborted || isCancelled) throw new Failure('run.cancelled', 'cancelled');
    };
    const isThere = await look(stage);
    if (!isThere && !isUncertain && fails(0.02)) throw new Failure('archive.changed', 'a file is gone');
    await applyAtMostOnce<Open>({
      ...fencing(stage, this.#flaw === 'plain_read'),
      createLedger: () => createLedger(stage),
      attempt: async () => {
        const end = await attemptOnce(stage, stopped, async () => {
          await hooks.beforeCommit('a transaction');
          if (this.#flaw === 'recorded_early') await hooks.applied('done');
        });
        const isBlind = this.#flaw === 'blind_retry' && end.kind === 'unknown';
        return isBlind ? { kind: 'again', failure: new Failure('live.unreachable', 'lost') } : end;
      },
    });
    await look(stage).catch(() => null);
    await hooks.applied('done');
    if (fails(0.02)) throw new Failure('engine.crashed', 'the session could not be closed');
  }
}
