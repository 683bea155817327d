import type { PostgresAddress } from '#lib/adapters/live/postgres/address';
import { applyPatch, undoPatch } from '#lib/adapters/live/postgres/apply';
import { productName } from '#lib/adapters/live/postgres/browse';
import {
  columnsNamed,
  field,
  findRelation,
  identityOf,
  isUniqueBy,
  UNTOLD,
} from '#lib/adapters/live/postgres/catalog';
import { rendered } from '#lib/adapters/live/postgres/column-type';
import { type Connection, reading } from '#lib/adapters/live/postgres/connection';
import { exportSql } from '#lib/adapters/live/postgres/export-sql';
import {
  createLedger,
  ledgerFingerprint,
  ledgerLines,
  ledgerState,
} from '#lib/adapters/live/postgres/ledger';
import { ledgerScript } from '#lib/adapters/live/postgres/ledger-script';
import { LIMITS, type Limits } from '#lib/adapters/live/postgres/limits';
import { preflightChecks } from '#lib/adapters/live/postgres/preflight-checks';
import { rehearsePatch } from '#lib/adapters/live/postgres/rehearse';
import { reviewSql } from '#lib/adapters/live/postgres/review';
import { settlePatch } from '#lib/adapters/live/postgres/settle';
import { snapshot } from '#lib/adapters/live/postgres/snapshot';
import { readFailure } from '#lib/adapters/live/postgres/sql-error';
import { parseTableName, qualified, tableWords } from '#lib/adapters/live/postgres/table-name';
import { lookUpLedger, type Target } from '#lib/adapters/live/postgres/target';
import { targetShape } from '#lib/adapters/live/postgres/target-shape';
import { undoOutlook } from '#lib/adapters/live/postgres/undo-outlook';
import { verifyPatch } from '#lib/adapters/live/postgres/verify';
import { warningsOf, whyNotWritable } from '#lib/adapters/live/postgres/warnings';
import { Failure } from '#lib/base/failure';
import { ident } from '#lib/base/sql';
import type { LedgerEntry, LiveStore, LiveTable } from '#lib/patch/live-store';
import type { PatchHeader } from '#lib/patch/patch';

export type PostgresStoreOptions = {
  readonly address: PostgresAddress;
  /** `schema.table`, as in a plan. */
  readonly table: string;
  /** The live key, for the warnings of `describe`. */
  readonly keys?: readonly string[];
  readonly limits?: Partial<Limits>;
};

/** A PostgreSQL table as a live store. Opens a session for each call; `close` breaks off what is still being read. */
export function postgresStore(options: PostgresStoreOptions): LiveStore {
  const { address, keys = [] } = options;
  const closing = new AbortController();
  const target: Target = {
    address,
    closed: closing.signal,
    limits: { ...LIMITS, ...options.limits },
    name: parseTableName(options.table),
  };
  return {
    describe: () => describeStore(target, keys),
    snapshot: (columns, scope, to, table) => snapshot(target, columns, scope, to, table),
    repeatedKeys: (columns, limit) => repeatedKeys(target, columns, limit),
    countNullKeys: (columns) => countNullKeys(target, columns),
    apply: (patch, apply) => applyPatch(target, patch, apply),
    undo: (patch, apply) => undoPatch(target, patch, apply),
    verify: (patch) => verifyPatch(target, patch),
    preflight: (header) => preflightChecks(target, header),
    rehearse: (patch, rehearse) => rehearsePatch(target, patch, rehearse),
    undoOutlook: (patch) => undoOutlook(target, patch),
    ledgerEntries: async () => (await ofLedger(target, ledgerLines)) ?? [],
    ledgerFingerprint: async () => (await ofLedger(target, ledgerFingerprint)) ?? 'no ledger',
    ledger: (header) => ledgerEntry(target, header),
    ledgerScript: () => ledgerScript(address.user),
    createLedger: () => createLedger(address),
    reviewSql: (header) => reviewSql(target, header),
    exportSql: (patch, signatures) => exportSql(target, patch, signatures),
    settle: (header) => settlePatch(target, header),
    close: async () => closing.abort(),
  };
}

async function describeStore(target: Target, keys: readonly string[]): Promise<LiveTable> {
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      const identity = await identityOf(connection, relation.name);
      const version = await connection.query("SELECT current_setting('server_version')");
      const warnings = await warningsOf(connection, relation, keys);
      if (identity.kind === 'postgres' && identity.systemIdentifier === UNTOLD) {
        const message =
          'The server does not tell its identifier: a copy of it under the same name would not be noticed.';
        warnings.push({ code: 'identity_untold', message });
      }
      return {
        identity,
        name: tableWords(relation.name),
        product: productName(field(version.rows[0], 0)),
        columns: relation.columns.map(({ name, sqlType, type, nullable }) => ({
          name,
          sqlType,
          type,
          nullable,
        })),
        uniqueKeys: relation.uniqueKeys,
        readsWhole: false,
        rows: relation.estimatedRows,
        notWritable: await whyNotWritable(connection, relation),
        warnings,
        shape: await targetShape(connection, relation),
      };
    });
  } catch (error) {
    throw readFailure(error, target.address, `The live table ${tableWords(target.name)} cannot be described`);
  }
}

async function repeatedKeys(target: Target, keys: readonly string[], limit: number): Promise<string[][]> {
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      if (isUniqueBy(relation, keys)) return [];
      const columns = columnsNamed(relation, keys, 'plan.live.column_unknown');
      const raw = columns.map((column) => `t.${ident(column.name)}`).join(', ');
      const notNull = columns.map((column) => `t.${ident(column.name)} IS NOT NULL`).join(' AND ');
      const { rows } = await connection.query(
        `SELECT ${columns.map((column) => rendered(column, 't')).join(', ')} FROM ${qualified(relation.name)} t
          WHERE ${notNull} GROUP BY ${raw} HAVING count(*) > 1 ORDER BY ${raw} LIMIT $1::bigint`,
        [String(limit)],
      );
      return rows.map((row) => row.map((_, i) => field(row, i)));
    });
  } catch (error) {
    throw readFailure(error, target.address, `The keys of ${tableWords(target.name)} cannot be read`);
  }
}

async function countNullKeys(target: Target, keys: readonly string[]): Promise<number> {
  try {
    return await reading(target, async (connection) => {
      const relation = await findRelation(connection, target.name);
      const columns = columnsNamed(relation, keys, 'plan.live.column_unknown').filter(
        (column) => column.nullable,
      );
      if (columns.length === 0) return 0;
      const test = columns.map((column) => `t.${ident(column.name)} IS NULL`).join(' OR ');
      const { rows } = await connection.query(
        `SELECT count(*)::text FROM ${qualified(relation.name)} t WHERE ${test}`,
      );
      return Number(field(rows[0], 0));
    });
  } catch (error) {
    throw readFailure(error, target.address, `The keys of ${tableWords(target.name)} cannot be read`);
  }
}

async function ledgerEntry(target: Target, header: PatchHeader): Promise<LedgerEntry> {
  const { applied, ledgerId } = await lookUpLedger(target, header.seal);
  return {
    patchId: applied?.patchId ?? header.id,
    seal: header.seal,
    outcome: applied === null ? 'none' : applied.undone ? 'undone' : 'applied',
    appliedAt: applied?.at ?? null,
    author: applied?.author ?? null,
    approvedBy: applied?.approvedBy ?? null,
    transaction: applied?.xid ?? null,
    ledgerId,
  };
}

/** Asks the ledger for what it has of the target's table; null where there is no ledger. */
async function ofLedger<T>(
  target: Target,
  ask: (connection: Connection, table: string) => Promise<T>,
): Promise<T | null> {
  try {
    return await reading(target, async (connection) => {
      // a replica may lag behind: what it lacks is no proof that the live store lost it
      const replica = await connection.query('SELECT pg_is_in_recovery()::text');
      if (field(replica.rows[0], 0) === 'true')
        throw new Failure('live.not_writable', 'This server is a replica; its ledger may lag behind.');
      if ((await ledgerState(connection)) === 'missing') return null;
      const { name } = await findRelation(connection, target.name);
      return await ask(connection, tableWords(name));
    });
  } catch (error) {
    throw readFailure(error, target.address, 'The ledger cannot be read');
  }
}
