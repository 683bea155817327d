import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';

// What the fault suite counts. A broken rule is printed with what replays it, and counted; it never ends the run.

/** How one case ended. `wrong`: every rule that did not hold, in words. */
export type Ended = {
  readonly fault: string;
  /** What the live store had once it was quiet, before the case was gone on with. */
  readonly applied: boolean;
  /** The first answer was `unknown`. */
  readonly unknown?: boolean;
  readonly wrong: readonly string[];
  /** How many processes were killed or connections cut for it. */
  readonly times?: number;
};

/** The invariants, and by what they are told. */
const RULES = [
  'I1 all rows of a patch are as before it, or all as after it: read from the live table',
  'I2 each row was changed once: counted by a trigger',
  'I3 the ledger has the patch exactly when the rows are as after it',
  'I4 record and ledger say the same in the end, with one line in the audit',
  'I5 no write of another client is lost',
  'I6 the chain of the audit is whole, by what `recount audit verify` looks at',
  'I7 nothing is left: no session, lock or temporary table, no half-written file, no folder of a session',
  'I8 what was answered (applied, not, unknown) is true',
];

type Line = { runs: number; times: number; applied: number; unknown: number; wrong: number };

export class Tally {
  readonly #lines = new Map<string, Line>();
  readonly #startedMs = performance.now();
  #wrong = 0;

  /** `news`: to be told and logged; else another process did. */
  add(ended: Ended, replay: string, news: 'news' | 'told already' = 'news'): void {
    const line = this.#lines.get(ended.fault) ?? { runs: 0, times: 0, applied: 0, unknown: 0, wrong: 0 };
    line.runs += 1;
    line.times += ended.times ?? 1;
    if (ended.applied) line.applied += 1;
    if (ended.unknown === true) line.unknown += 1;
    if (ended.wrong.length > 0) {
      line.wrong += 1;
      this.#wrong += 1;
      if (news === 'news')
        console.error(`BROKEN ${ended.fault}: ${ended.wrong.join('; ')}\n  again: ${replay}`);
    }
    this.#lines.set(ended.fault, line);
    const log = process.env.RECOUNT_FAULTS_LOG;
    if (log !== undefined && news === 'news')
      appendFileSync(log, `${JSON.stringify({ ...ended, replay })}\n`);
  }

  get broken(): number {
    return this.#wrong;
  }

  get runs(): number {
    return [...this.#lines.values()].reduce((sum, { runs }) => sum + runs, 0);
  }

  /** The summary, as a table of docs/reliability.md. */
  table(): string {
    const rows = [...this.#lines].map(
      ([fault, { runs, times, applied, unknown, wrong }]) =>
        `| ${fault} | ${runs} | ${times} | ${applied} | ${runs - applied} | ${unknown} | ${wrong} |`,
    );
    const seconds = Math.round((performance.now() - this.#startedMs) / 1_000);
    return [
      '| fault | cases | times | applied | not applied | first answer unknown | rules broken |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...rows,
      '',
      `${this.runs} cases in ${seconds} s on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`,
      'Looked at after every case that writes:',
      ...RULES.map((rule) => `  ${rule}`),
      `Cases in which one of them did not hold: ${this.#wrong}`,
    ].join('\n');
  }
}
