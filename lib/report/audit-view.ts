/** A line of the audit as the page shows it. */
export type AuditLineView = {
  /** Its place in the chain, from 1. */
  readonly position: number;
  /** ISO, six decimals, UTC. */
  readonly at: string;
  readonly actor: { readonly id: string; readonly name: string };
  /** session | token | recount; null: from before it was noted. */
  readonly via: string | null;
  readonly address: string | null;
  /** Of the session or token, never its secret. */
  readonly session: string | null;
  /** `patch.approve` … */
  readonly action: string;
  /** The same in words: `Approved a patch`. */
  readonly words: string;
  readonly incident: number | null;
  readonly subject: string;
  readonly seal: string | null;
  readonly detail: unknown;
  readonly hash: string;
};

export type AuditPage = {
  /** The newest first. */
  readonly lines: readonly AuditLineView[];
  /** Ask for `before` this position for the next page; null: that was all. */
  readonly next: number | null;
};

/** Entries that were lost in a restore, and who acknowledged it. */
export type AuditLoss = {
  readonly from: number;
  readonly to: number;
  /** Of the entry that acknowledges it. */
  readonly position: number;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
};

/** How it stands with the chain, as it was last looked at. */
export type AuditStanding = {
  readonly chain: string;
  readonly entries: number;
  /** The newest line's hash. */
  readonly head: string | null;
  /** That heads are signed with (Ed25519): its SHA-256, since which entry and when, and itself; null before the first. */
  readonly key: {
    readonly id: string;
    readonly since: number;
    readonly at: string;
    readonly pem: string;
  } | null;
  /** Null: not looked at yet. */
  readonly check: {
    readonly state: 'unbroken' | 'broken';
    readonly at: string;
    /** When every line was looked at; in between only what is new. */
    readonly wholeAt: string;
    readonly entries: number;
    readonly problem: { readonly position: number; readonly message: string } | null;
    /** Where nothing but lost entries is wrong, as after a restore of the records: which. An admin can acknowledge it. */
    readonly lost: { readonly from: number; readonly to: number } | null;
    readonly losses: readonly AuditLoss[];
  } | null;
  /** Live stores whose ledger holds heads of this chain. */
  readonly anchors: {
    readonly stores: number;
    readonly heads: number;
    /** The position of the newest. */
    readonly newest: number | null;
    readonly problems: readonly string[];
  };
  /** What can be filtered by. */
  readonly actors: readonly { readonly id: string; readonly name: string }[];
  readonly actions: readonly { readonly action: string; readonly words: string }[];
};
