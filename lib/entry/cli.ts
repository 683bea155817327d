#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { CODES, EXIT } from '#lib/base/codes';
import { Failure } from '#lib/base/failure';
import { printable, printableJson } from '#lib/base/printable';
import type { Flags } from '#lib/entry/command';
import { COMMANDS } from '#lib/entry/commands';
import { unknownSettings } from '#lib/recovery/setup/env';

const HELP = `Usage: recount COMMAND [options]

  check PLAN                        read the plan and both schemas; report every problem at once
  preview PLAN --out DIR            recalculate and compare; write the results into DIR; change nothing
          [--exit-code]             exit with 3 where there are differences
  preflight DIR                     look at the live store for what stands in the way; change nothing
  rehearse DIR --seal SHA256        apply on the live store and roll it back; say what would happen
          [--limit SECONDS]         for how long it may hold locks (default 10)
  apply DIR --seal SHA256           apply exactly the sealed patch, or nothing
          [--no-archive-check]      where the archive is out of reach
  verify DIR                        compare the patched rows with what the patch wrote
  undo DIR --seal SHA256            put the patched rows back
          [--unmoved]               only those that still hold what the patch wrote
  export-sql DIR --seal SHA256 --out FILE
                                    write the patch as one guarded SQL file for a DBA
  report DIR --format md|json|csv|html
  ledger PLAN [--create]            print the script that makes the ledger, or run it
  audit verify                      tell every hash of the audit again; compare it with the ledgers
          [--export FILE]           of an exported file alone
          [--key FILE]              with public keys that were kept: every signature must be by one of them
          [--head FILE]             with a head, or an export, that was kept
  audit export --out FILE           write the whole audit as a file that can be verified
  audit head                        print the newest entry's place and hash, signed, to be kept elsewhere
  audit key                         print the public key that heads are signed with
  backup --out FILE.tar.gz          write Recount's own records and files into one file, while it runs
          [--with-key]              with the key that opens the passwords of live stores
  restore --from FILE --data-dir DIR
                                    bring a backup back into an empty folder
  secrets rotate                    seal the passwords of live stores under a new key
  erase --incident N --reason TEXT  erase the events and rows that are kept of a closed incident; report and audit stay
  sign-in-link                      print a link that signs an admin in once

Every command takes --json. Settings come from the environment; docs/running.md lists them.
Exit codes: 0 done, 1 fault, 2 plan or command wrong, 3 differences, 4 refused, 5 source unreadable, 6 outcome unknown.
`;

const OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  out: { type: 'string' },
  'exit-code': { type: 'boolean' },
  seal: { type: 'string' },
  'no-archive-check': { type: 'boolean' },
  format: { type: 'string' },
  create: { type: 'boolean' },
  unmoved: { type: 'boolean' },
  limit: { type: 'string' },
  from: { type: 'string' },
  'data-dir': { type: 'string' },
  'with-key': { type: 'boolean' },
  export: { type: 'string' },
  key: { type: 'string' },
  head: { type: 'string' },
  incident: { type: 'string' },
  reason: { type: 'string' },
} as const;

async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  try {
    const { values, positionals } = parse(argv);
    const [name, operand, ...more] = positionals;
    if (json && name === undefined && !values.help)
      throw new Failure('command.invalid', 'A command is missing.');
    if (values.help || name === undefined || name === 'help') {
      process.stdout.write(HELP);
      return name === undefined && !values.help ? EXIT.invalid : EXIT.done;
    }
    for (const words of unknownSettings()) process.stderr.write(printable(`warning: ${words}\n`));
    const command = COMMANDS[name];
    if (command === undefined) throw new Failure('command.invalid', `There is no command "${name}".`);
    if (operand === undefined && command.operand !== null)
      throw new Failure('command.invalid', `${name} needs ${command.operand}.`);
    if (operand !== undefined && command.operand === null)
      throw new Failure('command.invalid', `${name} takes nothing after it, and got ${operand}.`);
    if (more.length > 0)
      throw new Failure(
        'command.invalid',
        `${name} takes one ${command.operand}, and also got ${more.join(' ')}.`,
      );
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const answer = await command.run(operand ?? '', { ...values, json }, stop.signal);
    process.stdout.write(json ? jsonLine(answer.value) : shown(answer.words));
    return answer.exit ?? EXIT.done;
  } catch (error) {
    return report(error, json);
  }
}

function parse(argv: readonly string[]): { values: Flags; positionals: string[] } {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Failure('command.invalid', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** The same value in characters that steer no terminal. */
const jsonLine = (value: unknown): string =>
  `${printableJson(JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)))}\n`;

/** What is kept in a file stays to the byte; a terminal must not obey what stands in a name. */
const shown = (text: string): string => (process.stdout.isTTY ? printable(text) : text);

function report(error: unknown, json: boolean): number {
  const failure = error instanceof Failure ? error : null;
  const body = failure?.toJSON() ?? {
    code: 'fault',
    message: error instanceof Error ? error.message : String(error),
    fix: 'This is a fault of Recount itself; please report it with the plan and the message.',
  };
  if (json) process.stdout.write(jsonLine({ error: body }));
  else process.stderr.write(printable(words(body, failure)));
  if (failure === null && error instanceof Error) process.stderr.write(printable(`${error.stack}\n`));
  return failure === null ? EXIT.fault : CODES[failure.code].exit;
}

function words(body: { code: string; message: string; fix: string }, failure: Failure | null): string {
  const problems = failure?.details.problems;
  if (!Array.isArray(problems)) return `${body.code}: ${body.message}\n  ${body.fix}\n`;
  const line = (p: { code: string; message: string; fix: string; line?: number; column?: number }): string =>
    `${p.line === undefined ? '' : `${p.line}:${p.column ?? 1} `}${p.code}: ${p.message}\n  ${p.fix}\n`;
  return problems.map(line).join('');
}

process.exitCode = await main(process.argv.slice(2));
