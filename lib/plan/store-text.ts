import type { Problem } from '#lib/base/failure';

export type StoreKind = 'postgres' | 'file' | 'unknown';

/** What a live store's text names: `unknown` while a `${NAME}` hides it; null for what is neither. */
export function storeKind(store: string): StoreKind | null {
  if (/^postgres(ql)?:\/\//i.test(store)) return 'postgres';
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(store)) return null;
  if (/\.(csv|parquet)$/i.test(store)) return 'file';
  return store.includes('${') ? 'unknown' : null;
}

const ONLY_NAMES = /^(?:\$\{[^}]*\})+$/;

/** True where a password or key is written out in a URL or connection string instead of `${NAME}`. */
export function holdsSecret(text: string): boolean {
  const inUrl = /:\/\/[^:@/\s]*:([^\s]*)@/.exec(text);
  const secrets = [inUrl?.[1] ?? ''];
  const named =
    /(?:^|[?&;\s])(?:password|passwd|pwd|secret|secret_access_key|token|sslpassword)=([^&;\s]*)/gi;
  for (const match of text.matchAll(named)) secrets.push(match[1] ?? '');
  return secrets.some((secret) => secret !== '' && !ONLY_NAMES.test(secret));
}

/**
 * What is wrong with a live store and its table once `${NAME}` is expanded: a store of no known kind, a table
 * that is missing for PostgreSQL, or given for a file. Never repeats the store's text, which may hold a password.
 */
export function storeProblems(store: string, table: string | null): readonly Problem[] {
  const kind = storeKind(store);
  if (kind === null) {
    const message = '`live.store` is neither postgres://… nor a .csv or .parquet file';
    return [problem('plan.field.invalid', 'live.store', message, `Write one of the two, or \${NAME}.`)];
  }
  if (kind === 'postgres' && table === null) {
    const fix = 'Name the table, for example `table: public.user_totals`.';
    return [problem('plan.field.missing', 'live.table', '`live.table` is missing', fix)];
  }
  if (kind === 'file' && table !== null) {
    const message = '`live.table` is given, and the live store is a file';
    return [problem('plan.field.invalid', 'live.table', message, 'Remove `table`; a file is one table.')];
  }
  return [];
}

const problem = (code: Problem['code'], path: string, message: string, fix: string): Problem => ({
  code,
  message: `${message}.`,
  fix,
  at: { path },
});
