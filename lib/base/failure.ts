import { CODES, type Code } from '#lib/base/codes';

/** Where a problem is: any part may be known. `path` is a field of the plan (`archive.fields.id`). */
export type Place = {
  readonly path?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
};

/** One thing that is wrong, in words a person can act on. `code` is stable and documented in docs/errors.md. */
export type Problem = {
  readonly code: Code;
  readonly message: string;
  readonly fix: string;
  readonly at?: Place;
};

/**
 * An expected failure: the input, the target or the world is not as it must be. Verbs throw it; three places
 * catch it: the command line (exit code), the HTTP wrapper (status) and the job runner (state `failed`).
 * Anything else that is thrown is a fault of Recount itself.
 */
export class Failure extends Error {
  readonly code: Code;
  readonly fix: string;
  readonly at: Place | undefined;
  /** Further facts for whoever handles it (the stale rows, the other problems). JSON values only. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { fix?: string; at?: Place; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.fix = options.fix ?? CODES[code].fix;
    this.at = options.at;
    this.details = options.details ?? {};
  }

  toJSON(): { code: Code; message: string; fix: string } & Record<string, unknown> {
    return { ...this.details, code: this.code, message: this.message, fix: this.fix };
  }
}

/** A state that the code itself rules out. Never shown as the user's fault. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** The failure that a list of problems makes: one problem as itself, several by their code or as `plan.invalid`. */
export function failureOf(problems: readonly Problem[]): Failure {
  const [first] = problems;
  if (first === undefined) throw new Bug('failureOf() needs at least one problem');
  if (problems.length === 1) {
    return new Failure(first.code, first.message, { fix: first.fix, ...(first.at ? { at: first.at } : {}) });
  }
  const isOneKind = problems.every((p) => p.code === first.code);
  return new Failure(
    isOneKind ? first.code : 'plan.invalid',
    `The plan has ${problems.length} problems; the first: ${first.message}`,
    {
      details: { problems: problems.map((p) => ({ code: p.code, message: p.message, fix: p.fix, ...p.at })) },
    },
  );
}
