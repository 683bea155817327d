import { productName } from '#lib/adapters/live/postgres/browse';
import { field, findRelation, identityOf, type Relation, UNTOLD } from '#lib/adapters/live/postgres/catalog';
import { type Connection, reading, withConnection } from '#lib/adapters/live/postgres/connection';
import { findApplied, forbiddenLedger, ledgerState } from '#lib/adapters/live/postgres/ledger';
import {
  assertIdentity,
  assertRights,
  assertTypes,
  assertWritable,
  shapeOf,
} from '#lib/adapters/live/postgres/preflight';
import { loadCheck, lockedOutBy, replicasCheck } from '#lib/adapters/live/postgres/preflight-server';
import { readFailure, sqlState } from '#lib/adapters/live/postgres/sql-error';
import { mayStage } from '#lib/adapters/live/postgres/staging';
import { qualified, tableWords } from '#lib/adapters/live/postgres/table-name';
import type { Target } from '#lib/adapters/live/postgres/target';
import { shapeChanges, targetShape } from '#lib/adapters/live/postgres/target-shape';
import {
  deleteActions,
  type Obstacle,
  obstacles,
  triggersOf,
  updateActions,
} from '#lib/adapters/live/postgres/warnings';
import { Failure } from '#lib/base/failure';
import { formatInstant, fromMillis } from '#lib/base/instant';
import type { PatchHeader } from '#lib/patch/patch';
import {
  type Preflight,
  type PreflightCheck,
  type PreflightCheckName,
  sizeCheck,
} from '#lib/patch/rehearsal';

const LOCK_WAIT_MS = 3_000;

/** What every check is made from. */
type Looked = {
  readonly connection: Connection;
  readonly relation: Relation;
  readonly header: PatchHeader;
  readonly undo: boolean;
  readonly obstacles: readonly Obstacle[];
  readonly changes: ReturnType<typeof shapeChanges>;
};

const ok = (check: PreflightCheckName, found: string): PreflightCheck => ({
  check,
  state: 'ok',
  found,
  fix: null,
});
const warning = (check: PreflightCheckName, found: string, fix: string): PreflightCheck => ({
  check,
  state: 'warning',
  found,
  fix,
});
const stopped = (check: PreflightCheckName, found: string, fix: string): PreflightCheck => ({
  check,
  state: 'stop',
  found,
  fix,
});
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Looks at a live table and its server before a patch (or an undo patch) is written; changes and locks nothing. */
export async function preflightChecks(target: Target, header: PatchHeader): Promise<Preflight> {
  const at = formatInstant(fromMillis(Date.now()));
  try {
    return await reading(target, async (connection) => {
      // some definitions are read under a lock that an ALTER TABLE of somebody holds up
      await connection.query(`SET LOCAL lock_timeout = '${LOCK_WAIT_MS}ms'`);
      const relation = await findRelation(connection, target.name).catch((error: unknown) => {
        if (error instanceof Failure) return error;
        throw error;
      });
      if (relation instanceof Failure)
        return { checks: [stopped('identity', relation.message, relation.fix)], at };
      const undo = header.kind === 'undo';
      const looked: Looked = {
        connection,
        relation,
        header,
        undo,
        obstacles: await obstacles(connection, relation),
        changes: undo ? [] : shapeChanges(header, await targetShape(connection, relation)),
      };
      const checks: PreflightCheck[] = [];
      for (const check of CHECKS) checks.push(await check(looked));
      return { checks, at };
    });
  } catch (error) {
    if (sqlState(error) === '55P03') {
      const by = await withConnection(target.address, (second) =>
        lockedOutBy(second, qualified(target.name)),
      ).catch(() => 'another session');
      const words = `${tableWords(target.name)} is locked by ${by}, so it cannot be looked at now.`;
      throw new Failure('live.locked', words, { fix: 'Wait for the other session and look again.' });
    }
    throw readFailure(error, target.address, 'The live store cannot be looked at');
  }
}

/** A failure of one of the apply's own checks, as a check that stops; null where it passes. */
async function failing(
  check: PreflightCheckName,
  assert: () => void | Promise<void>,
): Promise<PreflightCheck | null> {
  try {
    await assert();
    return null;
  } catch (error) {
    if (error instanceof Failure) return stopped(check, error.message, error.fix);
    throw error;
  }
}

const obstacle = (looked: Looked, check: Obstacle['check'], fix: string): PreflightCheck | null => {
  const words = looked.obstacles.filter((each) => each.check === check).map((each) => each.words);
  return words.length === 0 ? null : stopped(check, sentence(words.join('; ')), fix);
};

async function identity(looked: Looked): Promise<PreflightCheck> {
  const { connection, relation, header } = looked;
  const found = await identityOf(connection, relation.name);
  const wrong = await failing('identity', () => assertIdentity(header.target, found));
  const unfit = obstacle(looked, 'identity', 'Point at the ordinary table that holds the rows.');
  if (wrong !== null || unfit !== null) return wrong ?? unfit ?? ok('identity', '');
  const version = await connection.query("SELECT current_setting('server_version'), current_database()");
  const words = `${productName(field(version.rows[0], 0))}, database ${field(version.rows[0], 1)}, table ${tableWords(relation.name)}`;
  return found.kind === 'postgres' && found.systemIdentifier === UNTOLD
    ? warning(
        'identity',
        `${words}; the server does not tell its identifier.`,
        'A copy of the database under the same name would not be noticed: check the address.',
      )
    : ok('identity', `${words}: the one that was previewed.`);
}

async function primary(looked: Looked): Promise<PreflightCheck> {
  const fix = 'Give the address of the primary.';
  return obstacle(looked, 'primary', fix) ?? ok('primary', 'The server is the primary and takes writes.');
}

async function columns({ relation, header, undo, changes }: Looked): Promise<PreflightCheck> {
  const wrong = await failing('columns', () => {
    assertTypes([...header.keys, ...header.measures], relation);
    assertWritable(shapeOf(relation, header, header.counts, undo), header.counts);
  });
  if (wrong !== null) return wrong;
  const needed = changes.filter((change) => change.kind === 'column').map((change) => change.words);
  if (needed.length > 0)
    return stopped('columns', sentence(needed.join('; ')), 'Give it a default, or preview again.');
  const names = [...header.keys, ...header.measures].map((column) => column.name);
  return ok('columns', `${names.join(', ')} have the types of the preview.`);
}

async function privileges(looked: Looked): Promise<PreflightCheck> {
  const { connection, relation, header, undo } = looked;
  const fix = 'Have a DBA grant what is named.';
  const none = obstacle(looked, 'privileges', fix);
  if (none !== null) return none;
  const lacking = await failing('privileges', () =>
    assertRights(connection, relation, shapeOf(relation, header, header.counts, undo), header.counts),
  ).catch((error: unknown) => {
    if (error instanceof Failure) return null;
    throw error;
  });
  if (lacking !== null) return { ...lacking, fix };
  const may = 'This account may read and write what the patch needs';
  if (undo || (await mayStage(connection))) return ok('privileges', `${may}.`);
  return warning(
    'privileges',
    `${may}, but no temporary table: its rows are sent while they are locked, and whoever writes them waits for longer.`,
    'Have a DBA grant TEMPORARY on the database, or apply it at a quiet hour.',
  );
}

const MAY_CREATE = "SELECT has_database_privilege(current_database(), 'CREATE')::text";
const SCRIPT_FIX =
  'Have a DBA run the ledger script once: `recount ledger PLAN` prints it, and the page offers it as a file.';

async function ledger({ connection, header, undo }: Looked): Promise<PreflightCheck> {
  const state = await ledgerState(connection);
  if (state === 'missing') {
    if (undo) return stopped('ledger', 'The ledger is missing, so there is nothing to undo.', SCRIPT_FIX);
    const may = (await connection.query(MAY_CREATE)).rows[0];
    return field(may, 0) === 'true'
      ? ok('ledger', 'There is no ledger yet; the first apply makes it (schema recount).')
      : stopped('ledger', 'The ledger is missing, and this account may not create it.', SCRIPT_FIX);
  }
  if (state !== 'ready') {
    const { message, fix } = forbiddenLedger();
    return stopped('ledger', message, fix);
  }
  const applied = await findApplied(connection, header.undoes?.seal ?? header.seal);
  if (undo) {
    if (applied === null) return stopped('ledger', 'The ledger does not have the patch.', 'Apply it first.');
    return applied.undone
      ? warning('ledger', 'The patch was undone before.', 'Nothing would be written.')
      : ok('ledger', `The ledger is ready; the patch was applied at ${applied.at}.`);
  }
  if (applied === null) return ok('ledger', 'The ledger is ready and does not have this patch.');
  return applied.undone
    ? stopped('ledger', `The patch was applied at ${applied.at} and undone.`, 'Preview again.')
    : warning('ledger', `The patch was applied at ${applied.at}.`, 'Nothing would be written again.');
}

async function triggers({ connection, relation, header, changes }: Looked): Promise<PreflightCheck> {
  const changed = changes.filter((each) => each.kind === 'trigger' || each.kind === 'rule');
  if (changed.length > 0) {
    return stopped('triggers', sentence(changed.map((each) => each.words).join('; ')), 'Preview again.');
  }
  const { inserts, updates, deletes } = header.counts;
  const used = { insert: inserts > 0, update: updates > 0, delete: deletes > 0 };
  const run = (await triggersOf(connection, relation.oid)).flatMap(({ name, when, each, events }) => {
    const on = events.filter((event) => Object.entries(used).some(([op, is]) => is && op === event));
    return on.length === 0 ? [] : [`${name} ${when} ${on.join(', ')} for ${each}`];
  });
  return run.length === 0
    ? ok('triggers', 'No trigger runs for these rows.')
    : warning(
        'triggers',
        `Triggers that run: ${run.join('; ')}.`,
        'Rehearse: it shows what they do to these rows. A trigger that changes a patched value stops the patch.',
      );
}

async function foreignKeys({ connection, relation, header, changes }: Looked): Promise<PreflightCheck> {
  const { counts, measures } = header;
  const onDelete = counts.deletes > 0 ? await deleteActions(connection, relation.oid) : [];
  if (onDelete.length > 0) {
    return stopped(
      'foreign_keys',
      `Deleting rows acts on another table, which no undo could put back: ${onDelete.join('; ')}.`,
      'Keep rows that are only in live (patch.only_in_live: keep), or remove the action of the foreign key.',
    );
  }
  const changed = changes.filter((each) => each.kind === 'foreign_key').map((each) => each.words);
  if (changed.length > 0) return stopped('foreign_keys', sentence(changed.join('; ')), 'Preview again.');
  const names = measures.map((measure) => measure.name);
  const onUpdate = counts.updates > 0 ? await updateActions(connection, relation.oid, names) : [];
  return onUpdate.length === 0
    ? ok('foreign_keys', 'No foreign key acts on another table.')
    : warning('foreign_keys', `Updating acts on another table: ${onUpdate.join('; ')}.`, 'Check that table.');
}

async function rowSecurity(looked: Looked): Promise<PreflightCheck> {
  const fix = 'Use an account that row-level security does not bind, or have a DBA change the policy.';
  return (
    obstacle(looked, 'row_security', fix) ??
    ok('row_security', 'Row-level security hides nothing from this account.')
  );
}

const CHECKS: readonly ((looked: Looked) => Promise<PreflightCheck>)[] = [
  identity,
  primary,
  columns,
  privileges,
  ledger,
  triggers,
  foreignKeys,
  rowSecurity,
  ({ connection }) => replicasCheck(connection),
  ({ connection, relation }) => loadCheck(connection, relation.oid),
  async ({ relation, header }) => sizeCheck(header.counts, relation.estimatedRows),
];
