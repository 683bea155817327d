import { CODES } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import type { ApplyProgress, ApplyStep } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';

/** What a store found when it rehearsed, apart from refusals, which it throws. */
export type RehearsalEnd = {
  readonly status: Exclude<Rehearsal['status'], 'refused'>;
  readonly sideEffects?: readonly string[];
};

const STEP_WORDS: Readonly<Record<ApplyStep, string>> = {
  check: 'checking',
  lock: 'locking rows',
  write: 'writing rows',
  read_back: 'reading rows back',
  record: 'recording rows',
  commit: 'judging constraints',
  verify: 'verifying',
};

/** Times the steps of a rehearsal by the progress it tells. `now`: milliseconds since a fixed moment. */
export class StepWatch {
  readonly #rows: number;
  readonly #now: () => number;
  readonly #elapsedMs = new Map<ApplyStep, number>();
  readonly beganMs: number;
  #step: ApplyStep | null = null;
  #sinceMs: number;
  #done = 0;

  constructor(rows: number, now: () => number) {
    this.#rows = rows;
    this.#now = now;
    this.beganMs = now();
    this.#sinceMs = this.beganMs;
  }

  /** A new attempt: what the one before took does not count. */
  restart(): void {
    this.#elapsedMs.clear();
    this.#step = null;
    this.#done = 0;
  }

  meet({ step, done }: ApplyProgress): void {
    this.#turnTo(step);
    this.#done = done;
  }

  /** Where each step ended; the one under way ends now. COMMIT is never sent, so it is no step. */
  steps(): { readonly step: ApplyStep; readonly elapsedMs: number }[] {
    this.#turnTo(null);
    return [...this.#elapsedMs].map(([step, elapsedMs]) => ({ step, elapsedMs: Math.round(elapsedMs) }));
  }

  get elapsedMs(): number {
    return Math.round(this.#now() - this.beganMs);
  }

  /** It was given up at its limit: how far it got. */
  timeout(limitMs: number): Failure {
    const at = this.#step === null ? 'at its beginning' : `while ${STEP_WORDS[this.#step]}`;
    return new Failure(
      'rehearsal.timeout',
      `The rehearsal was given up after ${limitMs} ms of holding locks, ${at}: ${this.#done} of ${this.#rows} rows were through. Everything was rolled back.`,
    );
  }

  #turnTo(step: ApplyStep | null): void {
    const nowMs = this.#now();
    if (this.#step !== null && this.#step !== 'commit') {
      this.#elapsedMs.set(this.#step, (this.#elapsedMs.get(this.#step) ?? 0) + nowMs - this.#sinceMs);
    }
    this.#step = step;
    this.#sinceMs = nowMs;
  }
}

/**
 * Runs a rehearsal and puts its outcome into words: what an apply would be refused with (exit code 4) is an answer, all
 * else is thrown. `lockedMs` is asked at the end.
 */
export async function rehearsalOf(
  made: () => Promise<RehearsalEnd>,
  watch: StepWatch,
  lockedMs: () => number,
  limitMs: number,
  at: () => string,
): Promise<Rehearsal> {
  const facts = (): Omit<Rehearsal, 'status' | 'refusal' | 'sideEffects'> => ({
    steps: watch.steps(),
    elapsedMs: watch.elapsedMs,
    lockedMs: Math.round(lockedMs()),
    limitMs,
    at: at(),
  });
  try {
    const end = await made();
    return { status: end.status, refusal: null, sideEffects: end.sideEffects ?? [], ...facts() };
  } catch (error) {
    if (!(error instanceof Failure) || CODES[error.code].exit !== 4) throw error;
    const { code, message, fix, details } = error;
    const rows = Array.isArray(details.rows) ? { rows: details.rows.map(String) } : {};
    return {
      status: 'refused',
      refusal: { code, message, fix, ...rows },
      sideEffects: [],
      ...facts(),
    };
  }
}
