import type { PatchGuard } from '#lib/patch/apply-protocol';
import type { PatchState } from '#lib/patch/patch';
import { Connection, ConnectionLost, type Process, type World } from '#lib/patch/simulation/world.testing';
import { PATCH_EDGES, type PatchEdge, UNDER_WAY } from '#lib/patch/state';

/** The records cannot be reached, or did not answer. */
export class RecordsAway extends Error {
  override readonly name = 'RecordsAway';
}

/** One delivery of the job to a worker. */
export type Delivery = { isAborted: boolean };

type Job = { state: 'none' | 'queued' } | { state: 'active'; delivery: Delivery };

/** Recount's own records: one patch, and its one job. Every effect is one moment, as a transaction's commit is. */
export class Records {
  state: PatchState = 'approved';
  attempt = 0;
  isCancelRequested = false;
  /** Enough approvals count. */
  isSupported = true;
  isAway = false;
  job: Job = { state: 'none' };
  /** Told of every edge that was taken, after it. */
  onMove: (edge: PatchEdge) => void = () => {};
  onQueued: () => void = () => {};
  readonly #world: World;
  readonly #checksAttempt: boolean;

  constructor(world: World, checksAttempt: boolean) {
    this.#world = world;
    this.#checksAttempt = checksAttempt;
  }

  get isUnderWay(): boolean {
    return UNDER_WAY.includes(this.state);
  }

  /** A worker's question or update: may be lost, answered too late, or find the records away. */
  async ask<T>(client: Process, label: string, effect: () => T): Promise<T> {
    const connection = new Connection(this.#world, client, () => {});
    try {
      return await connection.call<T>(`records, ${label}`, (reply) => {
        if (this.isAway) reply.reject(new ConnectionLost('the records are away'));
        else reply.resolve(effect());
      });
    } catch (error) {
      throw error instanceof ConnectionLost ? new RecordsAway(error.message) : error;
    }
  }

  /** One conditional update: the edge's states and the guard. False where it does not apply. */
  move(edge: PatchEdge, guard: PatchGuard = {}): boolean {
    const { from, to } = PATCH_EDGES[edge];
    const states: readonly PatchState[] = guard.onlyFrom ?? from;
    const { attempt, cancel } = guard;
    if (!states.includes(this.state)) return false;
    if (attempt !== undefined && attempt !== this.attempt && this.#checksAttempt) return false;
    if (cancel !== undefined && (cancel === 'requested') !== this.isCancelRequested) return false;
    if (edge === 'commit' && this.state === 'applying' && !this.isSupported) return false;
    this.#world.tell(`records: ${this.state} → ${to} (${edge})`);
    this.state = to;
    if (edge === 'roll_back') this.isCancelRequested = false;
    this.onMove(edge);
    return true;
  }

  /** A worker takes the patch as it saw it: under an attempt of its own. */
  take(seen: { readonly state: PatchState; readonly attempt: number }, attempt: number): boolean {
    if (this.state !== seen.state || this.attempt !== seen.attempt) return false;
    if (this.state === 'applying' && !this.isSupported) return false;
    this.attempt = attempt;
    if (this.state === 'unknown') this.move('settle');
    return true;
  }

  /** The operator starts the apply. */
  start(): void {
    if (!this.isSupported || !this.move('start')) return;
    this.attempt += 1;
    this.isCancelRequested = false;
    this.enqueue();
  }

  /** What was started without a COMMIT so far waits for approval again, where not enough approvals count any more. */
  stopUnsupported(attempt: number): void {
    if (this.isSupported || !this.move('reopen', { onlyFrom: ['applying'], attempt })) return;
    this.isCancelRequested = false;
  }

  /** An approver leaves, or somebody approves again. */
  loseOrGainSupport(): void {
    this.isSupported = !this.isSupported;
    if (this.isSupported) this.move('approve');
  }

  /** The operator asks for the outcome again. */
  settle(): void {
    if (this.move('settle')) this.enqueue();
  }

  /** The operator cancels. */
  cancel(): void {
    if (this.state === 'applying') this.isCancelRequested = true;
  }

  goOrCome(): void {
    this.isAway = !this.isAway;
  }

  enqueue(): void {
    if (this.job.state !== 'none') return;
    this.job = { state: 'queued' };
    this.onQueued();
  }

  /** Gives the job out. */
  deliver(): Delivery | null {
    if (this.job.state !== 'queued') return null;
    const delivery = { isAborted: false };
    this.job = { state: 'active', delivery };
    return delivery;
  }

  /** The worker reports the end of its delivery; one that was taken from it changes nothing. */
  end(delivery: Delivery, again: boolean): void {
    if (this.job.state !== 'active' || this.job.delivery !== delivery) return;
    this.job = { state: 'none' };
    if (again) this.enqueue();
  }

  /** Every minute: a patch under way without a job gets one. */
  reconcile(): void {
    if (this.isUnderWay) this.enqueue();
  }
}
