import { familySql, field, type Relation } from '#lib/adapters/live/postgres/catalog';
import type { Connection } from '#lib/adapters/live/postgres/connection';
import { tableWords } from '#lib/adapters/live/postgres/table-name';
import { Bug, Failure } from '#lib/base/failure';
import type { PatchHeader, TargetShape } from '#lib/patch/patch';

type Act = TargetShape['acts'][number];

/**
 * What acts when rows of the table `oid` are written: its own triggers and those of its partitions and children (with what
 * their functions do), foreign keys that act on other tables, rules. Needs search_path pg_catalog: definitions are qualified by it.
 */
export const actsSql = (oid: string): string => `
  SELECT x.kind, x.name, encode(sha256(convert_to(x.definition, 'UTF8')), 'hex') AS hash FROM (
    SELECT 'trigger' AS kind,
           g.tgname::text || CASE WHEN g.tgrelid = ${oid} THEN '' ELSE ' on ' || g.tgrelid::regclass::text END AS name,
           concat_ws(E'\\n', pg_get_triggerdef(g.oid), g.tgenabled::text, p.prosrc, p.proconfig::text) AS definition
      FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
     WHERE (g.tgrelid = ${oid} OR g.tgparentid = 0 AND g.tgrelid IN (${familySql(oid)}))
       AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 28 <> 0
    UNION ALL
    SELECT 'foreign_key', c.conname::text || ' of ' || c.conrelid::regclass::text, pg_get_constraintdef(c.oid)
      FROM pg_constraint c
     WHERE c.confrelid IN (${familySql(oid)}) AND c.contype = 'f' AND c.conparentid = 0
       AND (c.confdeltype IN ('c', 'n', 'd') OR c.confupdtype IN ('c', 'n', 'd'))
    UNION ALL
    SELECT 'rule', r.rulename::text, concat_ws(E'\\n', pg_get_ruledef(r.oid), r.ev_enabled::text) FROM pg_rewrite r
     WHERE r.ev_class = ${oid} AND r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'
  ) x`;

/** What acts when rows of this table are written, and which columns an inserted row must fill. */
export async function targetShape(connection: Connection, relation: Relation): Promise<TargetShape> {
  const { rows } = await connection.query(
    `${actsSql('$1::oid')} ORDER BY x.kind COLLATE "C", x.name COLLATE "C"`,
    [relation.oid],
  );
  const seen = await connection.query('SELECT pg_current_snapshot()::text');
  return {
    seen: field(seen.rows[0], 0),
    acts: rows.map((row) => ({ kind: kindOf(field(row, 0)), name: field(row, 1), sha256: field(row, 2) })),
    required: relation.columns
      .filter((c) => !c.nullable && !c.hasDefault && !c.generated && c.identity === '')
      .map((c) => c.name)
      .sort(),
  };
}

function kindOf(kind: string): Act['kind'] {
  if (kind === 'trigger' || kind === 'foreign_key' || kind === 'rule') return kind;
  throw new Bug(`no such kind of act: ${kind}`);
}

export const ACT_WORDS: Readonly<Record<Act['kind'], string>> = {
  trigger: 'trigger',
  foreign_key: 'foreign key',
  rule: 'rule',
};

/** What is not as it was when the patch was previewed, in words by kind; a column that no insert fills counts as one. */
export function shapeChanges(
  header: PatchHeader,
  now: TargetShape,
): readonly { readonly kind: Act['kind'] | 'column'; readonly words: string }[] {
  const then = header.targetShape;
  if (then === undefined) return [];
  const id = (act: Act): string => JSON.stringify([act.kind, act.name]);
  const before = new Map(then.acts.map((act) => [id(act), act]));
  const after = new Set(now.acts.map(id));
  const changed = now.acts.flatMap((act) => {
    const was = before.get(id(act));
    if (was?.sha256 === act.sha256) return [];
    const how = was === undefined ? 'is new' : 'was changed';
    return [{ kind: act.kind, words: `the ${ACT_WORDS[act.kind]} ${act.name} ${how}` }];
  });
  const gone = then.acts
    .filter((act) => !after.has(id(act)))
    .map((act) => ({ kind: act.kind, words: `the ${ACT_WORDS[act.kind]} ${act.name} is gone` }));
  const given = new Set([...then.required, ...[...header.keys, ...header.measures].map((c) => c.name)]);
  const required = now.required
    .filter((name) => header.counts.inserts > 0 && !given.has(name))
    .map((name) => ({ kind: 'column' as const, words: `the column ${name} now needs a value` }));
  return [...changed, ...gone, ...required];
}

/** Refuses a table that acts otherwise than it was previewed. Throws live.schema_changed naming what changed. */
export async function assertShape(
  connection: Connection,
  relation: Relation,
  header: PatchHeader,
): Promise<void> {
  if (header.targetShape === undefined) return;
  const changes = shapeChanges(header, await targetShape(connection, relation));
  if (changes.length === 0) return;
  throw new Failure(
    'live.schema_changed',
    `${tableWords(relation.name)} is not as it was previewed: ${changes.map((change) => change.words).join('; ')}.`,
  );
}
