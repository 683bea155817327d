/** Thrown when a transaction would hold its locks for longer than it may. Everything is rolled back. */
export class HoldOver extends Error {
  override readonly name = 'HoldOver';
}

/** For how long a transaction may hold locks, counted from the first one that others would wait for. */
export class Hold {
  readonly limitMs: number;
  #sinceMs: number | null = null;
  #heldMs: number | null = null;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  /** Called right before the first lock that others may wait for; the clock starts once. */
  begin(): void {
    this.#sinceMs ??= performance.now();
  }

  /** Called when everything was let go. */
  end(): void {
    this.#heldMs ??= this.heldMs;
  }

  get heldMs(): number {
    if (this.#heldMs !== null) return this.#heldMs;
    return this.#sinceMs === null ? 0 : performance.now() - this.#sinceMs;
  }

  /** What is left, in whole milliseconds, rounded up; null while nothing is locked. */
  get leftMs(): number | null {
    return this.#sinceMs === null ? null : Math.ceil(this.limitMs - this.heldMs);
  }
}
