import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { field } from '#lib/adapters/live/postgres/catalog';
import { type Connection, withConnection } from '#lib/adapters/live/postgres/connection';
import { LEDGER_LOCK, LEDGER_STATEMENTS } from '#lib/adapters/live/postgres/ledger-script';
import { readFailure, serverWords, sqlState } from '#lib/adapters/live/postgres/sql-error';
import { type AuditHead, readAuditHead } from '#lib/base/audit-head';
import { Bug, Failure } from '#lib/base/failure';
import type { LedgerLine } from '#lib/patch/live-store';
import type { Counts, PatchHeader, Signatures } from '#lib/patch/patch';

/** What an attempt is filed under: a patch, or the undoing of one. */
export type LedgerKey = {
  readonly patchId: string;
  readonly kind: 'patch' | 'undo';
  readonly seal: string;
  readonly undoes: string | null;
};

/** The ledger's row of an applied patch, and whether it was undone. */
export type AppliedRow = {
  readonly entry: string;
  readonly patchId: string;
  readonly at: string;
  readonly author: string | null;
  readonly approvedBy: string | null;
  readonly undone: boolean;
  /** The transaction that wrote it. */
  readonly xid: string;
};

export const patchKey = (header: PatchHeader): LedgerKey => ({
  patchId: header.id,
  kind: 'patch',
  seal: header.seal,
  undoes: null,
});

/** The undo is filed under the id that the patch was applied by, which may be that of another folder. */
export const undoKey = (applied: AppliedRow, { seal }: Pick<PatchHeader, 'seal'>): LedgerKey => ({
  patchId: `undo:${applied.patchId}`,
  kind: 'undo',
  seal,
  undoes: applied.patchId,
});

const STATE = `
  SELECT count(*)::text,
         coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')), false)::text,
         coalesce(bool_and(has_table_privilege(c.oid, 'INSERT') OR c.relname = 'target_identity'), false)::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = 'recount' AND c.relname IN ('patch_ledger', 'patch_row', 'target_identity') AND c.relkind = 'r'`;

/** Whether the ledger is there and this role may use it for reading or writing. */
export async function ledgerState(
  connection: Connection,
): Promise<'missing' | 'forbidden' | 'readable' | 'ready'> {
  const row = (await connection.query(STATE)).rows[0];
  if (field(row, 0) !== '3') return 'missing';
  if (field(row, 1) !== 'true') return 'forbidden';
  return field(row, 2) === 'true' ? 'ready' : 'readable';
}

const GRANT_FIX =
  'The ledger is there, but this role may not use it: have a DBA run the GRANTs at the end of the script that `recount ledger PLAN` prints.';

export const forbiddenLedger = (): Failure =>
  new Failure('live.ledger_required', 'This account may not read and add to the ledger (schema recount).', {
    fix: GRANT_FIX,
  });

/** What the ledger says where nobody else approved; a file's ledger says the same. */
const NOBODY = 'none';

const APPLIED = `
  SELECT l.entry::text, l.patch_id, to_char(l.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), l.author, l.approved_by,
         EXISTS (SELECT FROM recount.patch_ledger u
                  WHERE u.undoes = l.patch_id AND u.kind = 'undo' AND u.outcome = 'applied')::text, l.xid::text
    FROM recount.patch_ledger l WHERE l.seal = $1 AND l.kind = 'patch' AND l.outcome = 'applied'`;

/** The row of the patch with this seal, whatever id it was applied by; null where it was not applied. */
export async function findApplied(connection: Connection, seal: string): Promise<AppliedRow | null> {
  const row = (await connection.query(APPLIED, [seal])).rows[0];
  if (row === undefined) return null;
  return {
    entry: field(row, 0),
    patchId: field(row, 1),
    at: field(row, 2),
    author: row[3] ?? null,
    approvedBy: row[4] === NOBODY ? null : (row[4] ?? null),
    undone: field(row, 5) === 'true',
    xid: field(row, 6),
  };
}

/** What time it is at the server. */
export async function serverTime(connection: Connection): Promise<string> {
  const { rows } = await connection.query(
    `SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
    [],
    2_000,
  );
  return field(rows[0], 0);
}

/** The ledger's own id: another one than before says that it was made anew. */
export async function ledgerId(connection: Connection): Promise<string | null> {
  const { rows } = await connection.query('SELECT min(target_id::text) FROM recount.target_identity');
  return rows[0]?.[0] ?? null;
}

const LINES = `
  SELECT patch_id, seal, kind, outcome, undoes, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
         (n_update + n_insert + n_delete)::text, coalesce(columns ->> 'left_out', '0'), author, approved_by, xid::text,
         columns ->> 'audit_head', columns ->> 'undo_seal'
    FROM recount.patch_ledger
   WHERE target_table = $1 ORDER BY entry`;

/** The ledger's lines of a table, the oldest first. */
export async function ledgerLines(connection: Connection, table: string): Promise<LedgerLine[]> {
  const { rows } = await connection.query(LINES, [table]);
  return rows.map((row) => ({
    patchId: field(row, 0),
    seal: field(row, 1),
    kind: field(row, 2) === 'undo' ? 'undo' : 'patch',
    outcome: field(row, 3) === 'applied' ? 'applied' : 'fenced',
    undoes: row[4] ?? null,
    at: field(row, 5),
    rows: Number(field(row, 6)),
    leftOut: Number(field(row, 7)),
    author: row[8] ?? null,
    approvedBy: row[9] === NOBODY ? null : (row[9] ?? null),
    transaction: field(row, 10),
    auditHead: auditHeadOf(row[11] ?? null),
    ...(row[12] == null ? {} : { undoSeal: row[12] }),
  }));
}

const FINGERPRINT = `
  SELECT (SELECT min(target_id::text) FROM recount.target_identity), count(*)::text,
         encode(sha256(convert_to(coalesce(string_agg(
           concat_ws(' ', entry, patch_id, attempt, kind, outcome, seal, undoes, xid), ',' ORDER BY entry), ''), 'UTF8')), 'hex')
    FROM recount.patch_ledger WHERE target_table = $1`;

/** Which ledger it is, how many lines it has of a table, and a hash over what they say: made where they are. */
export async function ledgerFingerprint(connection: Connection, table: string): Promise<string> {
  const { rows } = await connection.query(FINGERPRINT, [table]);
  return [rows[0]?.[0] ?? '', field(rows[0], 1), field(rows[0], 2)].join(' ');
}

/** Kept beside the columns and no column of its own: so it stands in every ledger, also in one that a DBA made long ago. */
function auditHeadOf(text: string | null): AuditHead | null {
  try {
    return text === null ? null : readAuditHead(JSON.parse(text));
  } catch {
    return null; // no head that Recount wrote
  }
}

/** The number of the next attempt: every earlier one that is known stays closed. */
export async function nextAttempt(connection: Connection, key: LedgerKey): Promise<number> {
  const { rows } = await connection.query(
    'SELECT coalesce(max(attempt), 0)::text FROM recount.patch_ledger WHERE patch_id = $1',
    [key.patchId],
  );
  return Number(field(rows[0], 0)) + 1;
}

export type LedgerInsert = {
  readonly key: LedgerKey;
  readonly attempt: number;
  readonly counts: Counts;
  readonly table: string;
  readonly header: PatchHeader;
  readonly signatures: Signatures;
  /** Rows of the patch that an undo leaves as they are. */
  readonly leftOut: number;
};

/**
 * The line of an attempt, without what it gives back; $1 … $13 as in `ledgerValues`. Its time is when it is filed: after
 * the rows were sent, before they are written. At COMMIT nothing can be written any more, and the line is never changed.
 */
export const LEDGER_LINE = `INSERT INTO recount.patch_ledger
  (patch_id, attempt, kind, outcome, seal, target_table, n_update, n_insert, n_delete, undoes, columns,
   author, approved_by, approved_at, at)
VALUES ($1, $2::int, $3, 'applied', $4, $5, $6::bigint, $7::bigint, $8::bigint, $9, $10::jsonb,
        $11, $12, $13::timestamptz, clock_timestamp())`;
export const LEDGER_INSERT = `${LEDGER_LINE}
RETURNING entry::text, xid::text`;

/** What is bound to `LEDGER_LINE`. */
export function ledgerValues(line: LedgerInsert): (string | null)[] {
  const { key, attempt, counts, table, header, signatures, leftOut } = line;
  const columns = {
    keys: header.keys.map(({ name, sqlType }) => ({ name, type: sqlType })),
    measures: header.measures.map(({ name, sqlType, mode }) => ({ name, type: sqlType, mode })),
    ...(leftOut === 0 ? {} : { left_out: leftOut }),
    ...(signatures.undoSeal === undefined ? {} : { undo_seal: signatures.undoSeal }),
    ...(signatures.ids === undefined ? {} : { signed_by: signatures.ids }),
    ...(signatures.auditHead ? { audit_head: signatures.auditHead } : {}),
  };
  return [
    key.patchId,
    String(attempt),
    key.kind,
    key.seal,
    table,
    String(counts.updates),
    String(counts.inserts),
    String(counts.deletes),
    key.undoes,
    JSON.stringify(columns),
    signatures.author,
    signatures.approvedBy ?? NOBODY,
    signatures.approvedAt,
  ];
}

/**
 * Files the attempt, first of all that the transaction writes. Waits for another attempt at the same patch that is
 * still open; a unique violation says that one of the two was there first.
 */
export async function insertEntry(
  connection: Connection,
  line: LedgerInsert,
): Promise<{ entry: string; xid: string }> {
  const { rows } = await connection.query(LEDGER_INSERT, ledgerValues(line));
  return { entry: field(rows[0], 0), xid: field(rows[0], 1) };
}

const FENCE = `INSERT INTO recount.patch_ledger (patch_id, attempt, kind, outcome, seal, target_table, undoes)
VALUES ($1, $2::int, $3, 'fenced', $4, $5, $6) ON CONFLICT (patch_id, attempt) DO NOTHING`;

/**
 * Closes an attempt for good and says what became of it. Reading alone would not do: a COMMIT may be under way. The
 * insert waits for the attempt's open transaction; then either it is there (applied) or it can never commit (fenced).
 */
export async function fence(
  connection: Connection,
  key: LedgerKey,
  attempt: number,
  table: string,
): Promise<'applied' | 'fenced'> {
  await connection.query(FENCE, [key.patchId, String(attempt), key.kind, key.seal, table, key.undoes]);
  const { rows } = await connection.query(
    'SELECT outcome FROM recount.patch_ledger WHERE patch_id = $1 AND attempt = $2::int',
    [key.patchId, String(attempt)],
  );
  const outcome = field(rows[0], 0);
  if (outcome !== 'applied' && outcome !== 'fenced') throw new Bug(`the ledger has the outcome ${outcome}`);
  return outcome;
}

/** Makes the ledger where this role may. Throws live.ledger_required. Safe to repeat, also at the same time. */
export async function createLedger(address: PostgresAddress): Promise<void> {
  try {
    await withConnection(address, async (connection) => {
      await connection.query('BEGIN READ WRITE');
      await connection.query("SET LOCAL client_min_messages = 'warning'");
      // where this process is cut off, the server lets go of the lock that every other first apply waits for
      await connection.query("SET LOCAL idle_in_transaction_session_timeout = '10s'");
      await connection.query('SET LOCAL search_path = pg_catalog');
      // another first apply, or the rehearsal of one, may be making it
      await connection.query("SET LOCAL lock_timeout = '30s'");
      if ((await ledgerState(connection)) !== 'missing') return void (await connection.query('ROLLBACK'));
      await makeLedger(connection);
      await connection.query('COMMIT');
    });
  } catch (error) {
    throw readFailure(error, address, 'The ledger was not created');
  }
}

/** The ledger's objects, in the transaction that is open. Throws live.ledger_required where this role may not. */
export async function makeLedger(connection: Connection): Promise<void> {
  try {
    await connection.query(LEDGER_LOCK);
    // made meanwhile: its indexes must not be asked for again, which would wait for every open apply and hold up new ones
    if ((await ledgerState(connection)) !== 'missing') return;
    for (const statement of LEDGER_STATEMENTS) await connection.query(statement);
  } catch (error) {
    const state = sqlState(error);
    if (state === null || state.startsWith('08') || state.startsWith('57P')) throw error;
    throw new Failure(
      'live.ledger_required',
      `The ledger (schema recount) is missing, and this account may not create it: ${serverWords(error)}`,
    );
  }
}
