import { userInfo } from 'node:os';
import type { Permission, Role } from '#lib/recovery/access/policy';

/** Who acts: a person, a program with a person's token, or Recount itself in a job or a command. */
export type Actor = {
  /** Of the person; `recount` for what Recount does by itself; empty for nobody. */
  readonly id: string;
  readonly name: string;
  readonly role: Role | 'nobody';
  readonly via: 'session' | 'token' | 'recount' | 'command' | 'nothing';
  /** Of the machine, where a command was run on it. */
  readonly account?: string;
  /** What a token is limited to; null: everything that the role holds. */
  readonly scope: readonly Permission[] | null;
  /** When the person last showed who they are; null for a program. */
  readonly provedAt: Date | null;
  /** Who made the link that they came in by, until they show by a way of their own who they are. */
  readonly linkBy: string | null;
  /** The network address, and the id of the session or token, for the audit. */
  readonly from: { readonly address: string | null; readonly session: string | null };
};

const NOWHERE = { address: null, session: null };

/** Who has not signed in. */
export const NOBODY: Actor = {
  id: '',
  name: 'Nobody',
  role: 'nobody',
  via: 'nothing',
  scope: null,
  provedAt: null,
  linkBy: null,
  from: NOWHERE,
};

/** Recount itself, in a job. */
export const RECOUNT: Actor = {
  id: 'recount',
  name: 'Recount',
  role: 'admin',
  via: 'recount',
  scope: null,
  provedAt: null,
  linkBy: null,
  from: NOWHERE,
};

/** Whoever runs a command on the machine: nobody is signed in there, so that it is the machine's account that is told. */
export const shellActor = (): Actor => ({ ...RECOUNT, via: 'command', account: accountName() });

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a container may have no name for it
  }
}
