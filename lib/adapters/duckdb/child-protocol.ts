import type { SessionOptions } from '#lib/replay/session';

/** What the parent asks of the DuckDB child, one at a time but for `progress`. */
export type Request =
  | { readonly op: 'open'; readonly scratchRoot: string; readonly options: Omit<SessionOptions, 'signal'> }
  | { readonly op: 'run' | 'rows'; readonly sql: string }
  | { readonly op: 'lock' | 'progress' };

export type Asked = { readonly id: number; readonly request: Request };

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: string | null; readonly message: string };
