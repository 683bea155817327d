export type Flags = {
  readonly json?: boolean;
  readonly help?: boolean;
  readonly out?: string;
  readonly 'exit-code'?: boolean;
  readonly seal?: string;
  readonly 'no-archive-check'?: boolean;
  readonly format?: string;
  readonly create?: boolean;
  readonly unmoved?: boolean;
  /** An exported audit. */
  readonly export?: string;
  /** A file of public keys. */
  readonly key?: string;
  /** A file with a head of the audit. */
  readonly head?: string;
  readonly from?: string;
  readonly 'data-dir'?: string;
  /** `INC-7`, or its number. */
  readonly incident?: string;
  readonly reason?: string;
  readonly 'with-key'?: boolean;
  /** Seconds. */
  readonly limit?: string;
};

/** What a command answers: one JSON value, the same in words, and an exit code other than 0. */
export type Answer = { readonly value: unknown; readonly words: string; readonly exit?: number };

export type Command = {
  /** Null: it takes none. */
  readonly operand: 'PLAN' | 'DIR' | 'verify, export, head or key' | 'rotate' | null;
  readonly run: (operand: string, flags: Flags, signal: AbortSignal) => Promise<Answer>;
};
