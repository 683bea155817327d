import type { Answer, Command } from '#lib/entry/command';

type Run = Command['run'];

/** A command's code is loaded when it is called: starting up is a good part of a small preview's time. */
const planCommand = async (
  name: 'checkCommand' | 'previewCommand' | 'ledgerCommand',
  ...args: Parameters<Run>
): Promise<Answer> => (await import('#lib/entry/commands-plan'))[name](...args);
const patchCommand = async (
  name: 'applyCommand' | 'verifyCommand' | 'undoCommand',
  ...args: Parameters<Run>
): Promise<Answer> => (await import('#lib/entry/commands-patch'))[name](...args);
const foreseeCommand = async (
  name: 'preflightCommand' | 'rehearseCommand' | 'exportSqlCommand',
  ...args: Parameters<Run>
): Promise<Answer> => (await import('#lib/entry/commands-foresee'))[name](...args);
const reportCommand: Run = async (...args) =>
  (await import('#lib/entry/commands-report')).reportCommand(...args);
const auditCommand: Run = async (action, flags) =>
  (await import('#lib/entry/commands-audit')).auditCommand(action, flags);

export const COMMANDS: Readonly<Record<string, Command>> = {
  check: { operand: 'PLAN', run: (...args) => planCommand('checkCommand', ...args) },
  preview: { operand: 'PLAN', run: (...args) => planCommand('previewCommand', ...args) },
  preflight: { operand: 'DIR', run: (...args) => foreseeCommand('preflightCommand', ...args) },
  rehearse: { operand: 'DIR', run: (...args) => foreseeCommand('rehearseCommand', ...args) },
  apply: { operand: 'DIR', run: (...args) => patchCommand('applyCommand', ...args) },
  verify: { operand: 'DIR', run: (...args) => patchCommand('verifyCommand', ...args) },
  undo: { operand: 'DIR', run: (...args) => patchCommand('undoCommand', ...args) },
  'export-sql': { operand: 'DIR', run: (...args) => foreseeCommand('exportSqlCommand', ...args) },
  report: { operand: 'DIR', run: reportCommand },
  audit: { operand: 'verify, export, head or key', run: auditCommand },
  backup: {
    operand: null,
    run: async (_, flags) => (await import('#lib/entry/commands-backup')).backupCommand(flags),
  },
  restore: {
    operand: null,
    run: async (_, flags) => (await import('#lib/entry/commands-backup')).restoreCommand(flags),
  },
  secrets: {
    operand: 'rotate',
    run: async (action) => (await import('#lib/entry/commands-operations')).secretsCommand(action),
  },
  erase: {
    operand: null,
    run: async (_, flags) => (await import('#lib/entry/commands-erase')).eraseCommand(flags),
  },
  'sign-in-link': {
    operand: null,
    run: async () => (await import('#lib/entry/commands-access')).signInLinkCommand(),
  },
  ledger: { operand: 'PLAN', run: (...args) => planCommand('ledgerCommand', ...args) },
};
