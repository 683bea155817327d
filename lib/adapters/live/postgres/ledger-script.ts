import { ident } from '#lib/base/sql';

/**
 * What the ledger is made of. Rows are only ever added. The three unique indexes are the promise: a seal is applied
 * at most once, a patch is undone at most once, and an attempt is either applied or fenced, never both.
 */
export const LEDGER_STATEMENTS: readonly string[] = [
  'CREATE SCHEMA IF NOT EXISTS recount',
  `CREATE TABLE IF NOT EXISTS recount.target_identity (
  target_id  uuid PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
)`,
  `INSERT INTO recount.target_identity (target_id)
SELECT gen_random_uuid() WHERE NOT EXISTS (SELECT FROM recount.target_identity)`,
  `CREATE TABLE IF NOT EXISTS recount.patch_ledger (
  patch_id     text NOT NULL,
  attempt      int NOT NULL,
  entry        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind         text NOT NULL CHECK (kind IN ('patch', 'undo')),
  outcome      text NOT NULL CHECK (outcome IN ('applied', 'fenced')),
  seal         text NOT NULL,
  target_table text NOT NULL,
  n_update     bigint NOT NULL DEFAULT 0,
  n_insert     bigint NOT NULL DEFAULT 0,
  n_delete     bigint NOT NULL DEFAULT 0,
  undoes       text,
  columns      jsonb,
  author       text,
  approved_by  text,
  approved_at  timestamptz,
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),
  db_user      text NOT NULL DEFAULT session_user,
  at           timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (patch_id, attempt)
)`,
  `CREATE UNIQUE INDEX IF NOT EXISTS patch_ledger_once ON recount.patch_ledger (seal)
 WHERE outcome = 'applied' AND kind = 'patch'`,
  `CREATE UNIQUE INDEX IF NOT EXISTS patch_ledger_patch ON recount.patch_ledger (patch_id)
 WHERE outcome = 'applied'`,
  `CREATE UNIQUE INDEX IF NOT EXISTS patch_ledger_undo ON recount.patch_ledger (undoes)
 WHERE outcome = 'applied' AND undoes IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS recount.patch_row (
  entry  bigint NOT NULL,
  seq    bigint NOT NULL,
  op     text NOT NULL,
  key    text[] NOT NULL,
  before text[],
  after  text[],
  delta  text[],
  whole  jsonb,
  PRIMARY KEY (entry, seq)
)`,
];

/** Runs before the statements: two first applies at once would trip over each other's CREATE. */
export const LEDGER_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('recount.patch_ledger', 0))";

/** What a role needs to apply: it may add to the ledger and read it, never change it. */
export const ledgerGrants = (role: string): readonly string[] => [
  `GRANT USAGE ON SCHEMA recount TO ${ident(role)}`,
  `GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA recount TO ${ident(role)}`,
];

/** The script that a DBA runs once in the live database. It can be run again. */
export function ledgerScript(role: string): string {
  return `-- The ledger of Recount: which patch was applied, when, by whom, and the rows as they were before.
-- Run it once, as a role that may create a schema, in the database that holds the live table; again does no harm.
-- ${ident(role)} is the role that Recount signs in with: change the last lines for another one.
BEGIN;
${LEDGER_STATEMENTS.map((statement) => `${statement};`).join('\n')}
${ledgerGrants(role)
  .map((statement) => `${statement};`)
  .join('\n')}
COMMIT;
`;
}
