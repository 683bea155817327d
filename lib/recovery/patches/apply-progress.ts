import type { Store } from '#lib/adapters/store/client';
import { notePatch } from '#lib/adapters/store/patches';
import type { ApplyProgress } from '#lib/patch/patch';

const PAUSE_MS = 250;

/**
 * Writes where an apply is into its record, in the background: row locks are held meanwhile, so the apply never waits for
 * it, and a report that is lost stops nothing. A step keeps its first and its newest line.
 */
export class ApplyProgressWriter {
  readonly #store: Store;
  readonly #patchId: string;
  readonly #attempt: number;
  #lines: ApplyProgress[] = [];
  #writing: Promise<void> | null = null;
  #isChanged = false;
  #isClosed = false;

  constructor(store: Store, patchId: string, attempt: number) {
    this.#store = store;
    this.#patchId = patchId;
    this.#attempt = attempt;
  }

  /** What was told so far. */
  get lines(): ApplyProgress[] {
    return this.#lines.map((line) => ({ ...line }));
  }

  readonly tell = (line: ApplyProgress): void => {
    const ofStep = this.#lines.filter(({ step }) => step === line.step);
    if (ofStep.length < 2) this.#lines.push(line);
    else this.#lines[this.#lines.lastIndexOf(ofStep[1] ?? line)] = line;
    this.#isChanged = true;
    this.#writing ??= this.#write();
  };

  /** Writes no more; ends when what is under way is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#isChanged && !this.#isClosed) {
      this.#isChanged = false;
      await notePatch(
        this.#store,
        this.#patchId,
        ['applying', 'committing'],
        { progress: this.lines },
        { attempt: this.#attempt },
      ).catch((error: unknown) =>
        console.error(`patch ${this.#patchId}: its progress was not recorded: ${error}`),
      );
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    this.#writing = null;
  }
}
