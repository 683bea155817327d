import { ConnectionLost, type Reply, type World } from '#lib/patch/simulation/world.testing';

// A live store with the semantics that matter: transactions, a ledger whose unique keys make an insert wait for another
// transaction in flight and then conflict or win, row locks, a commit that is one moment, restarts, restores.

export const BEFORE = 1;
const AFTER = 2;
const DELTA = 1_000_000;
export const ROWS = 2;

export type LedgerRow = { readonly attempt: number; readonly outcome: 'applied' | 'fenced' };

/** What the server itself says of a statement. `retry`: a deadlock; `unique`: another was first. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly state: 'lock_timeout' | 'unique' | 'retry' | 'stale' | 'aborted' | 'resources';
  constructor(state: ServerError['state']) {
    super(state);
    this.state = state;
  }
}

type Transaction = {
  readonly entries: LedgerRow[];
  readonly writes: Map<number, number>;
  readonly locks: Set<number>;
};

/** A session of the server: gone when its client is known to be, or after a restart. */
export type Session = { readonly name: string; isGone: boolean; transaction: Transaction | null };

type Snapshot = {
  readonly hasLedger: boolean;
  readonly ledger: readonly LedgerRow[];
  readonly rows: readonly number[];
};

type Waiter = { readonly session: Session; tryOnce(): boolean; giveUp(): void };

/** How the patch is written; a known-bad variant leaves out a rule. */
export type TargetRules = {
  /** The patch adds to its rows, whatever they hold, instead of setting them. */
  readonly isDelta: boolean;
  readonly uniqueKeys: boolean;
  readonly guard: boolean;
};

export class Target {
  hasLedger: boolean;
  ledger: LedgerRow[] = [];
  rows: number[] = Array.from({ length: ROWS }, () => BEFORE);
  restores = 0;
  /** A column changed: no attempt gets past the look at the table any more. */
  isAltered = false;
  /** Told right before a patch's transaction becomes visible. */
  onApplied: (by: string) => void = () => {};
  readonly #world: World;
  readonly #rules: TargetRules;
  #sessions = new Set<Session>();
  #waiters: Waiter[] = [];
  #history: Snapshot[];

  constructor(world: World, hasLedger: boolean, rules: TargetRules) {
    this.#world = world;
    this.#rules = rules;
    this.hasLedger = hasLedger;
    this.#history = [this.#snapshot()];
  }

  get isApplied(): boolean {
    return this.ledger.some(({ outcome }) => outcome === 'applied');
  }

  open(name: string): Session {
    const session: Session = { name, isGone: false, transaction: null };
    this.#sessions.add(session);
    return session;
  }

  /** Ends a session: its transaction is rolled back. */
  close(session: Session): void {
    session.isGone = true;
    this.#sessions.delete(session);
    this.rollBack(session);
  }

  begin(session: Session): void {
    session.transaction = { entries: [], writes: new Map(), locks: new Set() };
  }

  rollBack(session: Session): void {
    if (session.transaction === null) return;
    session.transaction = null;
    this.#wake();
  }

  /** Runs a statement of a session; an error of the server rolls back at once, as PostgreSQL lets go of all locks. */
  run<T>(session: Session, reply: Reply<T>, statement: (reply: Reply<T>) => void): void {
    if (session.isGone) reply.reject(new ConnectionLost('the session is gone'));
    else
      statement({
        resolve: reply.resolve,
        reject: (error) => {
          this.rollBack(session);
          reply.reject(error);
        },
      });
  }

  /** Files an attempt, or a fence: waits for another transaction that has the key, then conflicts or wins. */
  insert(session: Session, row: LedgerRow, reply: Reply<'inserted' | 'conflict'>): void {
    this.#whenFree(session, reply, (transaction) => {
      const clashes = (other: LedgerRow): boolean =>
        this.#rules.uniqueKeys &&
        (other.attempt === row.attempt || (other.outcome === 'applied' && row.outcome === 'applied'));
      if (this.ledger.some(clashes)) {
        reply.resolve('conflict');
        return true;
      }
      if (this.#others(session).some(({ entries }) => entries.some(clashes))) return false;
      transaction.entries.push(row);
      reply.resolve('inserted');
      return true;
    });
  }

  /** Locks a row, and writes it where it holds what was planned. */
  write(session: Session, row: number, reply: Reply<null>): void {
    this.#whenFree(session, reply, (transaction) => {
      if (this.#others(session).some(({ locks }) => locks.has(row))) return false;
      transaction.locks.add(row);
      if (this.#rules.guard && !this.#rules.isDelta && this.rows[row] !== BEFORE) {
        reply.reject(new ServerError('stale'));
        return true;
      }
      transaction.writes.set(row, this.#written(row));
      reply.resolve(null);
      return true;
    });
  }

  commit(session: Session, reply: Reply<null>): void {
    const { transaction } = session;
    if (transaction === null) {
      reply.reject(new ServerError('aborted'));
      return;
    }
    const isPatch = transaction.entries.some(({ outcome }) => outcome === 'applied');
    if (isPatch) this.#checkPatch(session.name, transaction);
    this.ledger = [...this.ledger, ...transaction.entries];
    for (const [row, value] of transaction.writes) this.rows[row] = value;
    session.transaction = null;
    this.#history.push(this.#snapshot());
    this.#wake();
    reply.resolve(null);
  }

  /** Another client's write of one row: locks it, and commits at some later moment. */
  drift(value: number, row: number): void {
    const session = this.open('writer');
    this.begin(session);
    const ended = { resolve: () => {}, reject: () => this.close(session) };
    this.#whenFree(session, ended, (transaction) => {
      if (this.#others(session).some(({ locks }) => locks.has(row))) return false;
      transaction.locks.add(row);
      transaction.writes.set(row, value);
      this.#world.soon('writer', `row ${row} := ${value}`, () => {
        if (!session.isGone) this.commit(session, ended);
        this.close(session);
      });
      return true;
    });
  }

  createLedger(): void {
    if (this.hasLedger) return;
    this.hasLedger = true;
    this.#history.push(this.#snapshot());
  }

  alter(): void {
    this.isAltered = true;
  }

  /** Every session ends; what was committed stays. */
  restart(): void {
    for (const session of [...this.#sessions]) this.close(session);
  }

  /** Back to an earlier moment, as from a backup. */
  restore(): void {
    this.restart();
    const at = this.#world.random.below(this.#history.length);
    const back = this.#history[at];
    if (back === undefined) return;
    this.#history = this.#history.slice(0, at + 1);
    this.hasLedger = back.hasLedger;
    this.ledger = [...back.ledger];
    this.rows = [...back.rows];
    this.restores += 1;
  }

  #checkPatch(by: string, { writes }: Transaction): void {
    this.#world.must(!this.isApplied, 'I2 the patch was committed twice');
    this.#world.must(writes.size === ROWS, 'I1 only a part of the patch was committed');
    for (const [row, value] of writes) {
      const isOurs = this.#rules.isDelta ? value === this.#written(row) : this.rows[row] === BEFORE;
      this.#world.must(isOurs, "I5 another client's write was overwritten");
    }
    this.onApplied(by);
  }

  #written(row: number): number {
    return this.#rules.isDelta ? (this.rows[row] ?? 0) + DELTA : AFTER;
  }

  #snapshot(): Snapshot {
    return { hasLedger: this.hasLedger, ledger: [...this.ledger], rows: [...this.rows] };
  }

  #others(session: Session): Transaction[] {
    const others: Transaction[] = [];
    for (const other of this.#sessions)
      if (other !== session && other.transaction !== null) others.push(other.transaction);
    return others;
  }

  #whenFree<T>(session: Session, reply: Reply<T>, go: (transaction: Transaction) => boolean): void {
    const tryOnce = (): boolean => {
      if (session.transaction !== null) return go(session.transaction);
      reply.reject(session.isGone ? new ConnectionLost('the session ended') : new ServerError('aborted'));
      return true;
    };
    const giveUp = (): void => {
      this.rollBack(session);
      reply.reject(
        session.isGone ? new ConnectionLost('the session ended') : new ServerError('lock_timeout'),
      );
    };
    if (!tryOnce()) this.#wait({ session, tryOnce, giveUp });
  }

  #wait(waiter: Waiter): void {
    this.#waiters.push(waiter);
    this.#world.timer(`${waiter.session.name} waited too long for a lock`, () => {
      const at = this.#waiters.indexOf(waiter);
      if (at < 0) return;
      this.#waiters.splice(at, 1);
      waiter.giveUp();
    });
  }

  #wake(): void {
    const woken = this.#waiters;
    this.#waiters = [];
    for (const waiter of woken)
      this.#world.soon('target', `${waiter.session.name} goes on`, () => {
        if (!waiter.tryOnce()) this.#wait(waiter);
      });
  }
}
