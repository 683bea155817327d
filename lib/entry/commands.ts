import { applyCommand, undoCommand, verifyCommand } from '#lib/entry/commands-patch';
import { checkCommand, ledgerCommand, previewCommand } from '#lib/entry/commands-plan';
import { reportCommand } from '#lib/entry/commands-report';

export type Flags = {
  readonly json?: boolean;
  readonly help?: boolean;
  readonly out?: string;
  readonly 'exit-code'?: boolean;
  readonly seal?: string;
  readonly 'no-archive-check'?: boolean;
  readonly format?: string;
  readonly create?: boolean;
};

/** What a command answers: one JSON value, the same in words, and an exit code other than 0. */
export type Answer = { readonly value: unknown; readonly words: string; readonly exit?: number };

export type Command = {
  readonly operand: 'PLAN' | 'DIR';
  readonly run: (operand: string, flags: Flags, signal: AbortSignal) => Promise<Answer>;
};

export const COMMANDS: Readonly<Record<string, Command>> = {
  check: { operand: 'PLAN', run: checkCommand },
  preview: { operand: 'PLAN', run: previewCommand },
  apply: { operand: 'DIR', run: applyCommand },
  verify: { operand: 'DIR', run: verifyCommand },
  undo: { operand: 'DIR', run: undoCommand },
  report: { operand: 'DIR', run: reportCommand },
  ledger: { operand: 'PLAN', run: ledgerCommand },
};
