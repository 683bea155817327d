import { z } from 'zod';
import type { Problem } from '#lib/base/failure';
import { literal } from '#lib/base/sql';
import type { Node } from '#lib/calculation/node';
import type { Placed } from '#lib/calculation/placement';
import { fieldsOf, listOf, parseTree, type Raw, textOf } from '#lib/calculation/raw';
import { type Refusal, TreeReader } from '#lib/calculation/read-tree';
import type { Session } from '#lib/replay/session';

const LONGEST_CHARACTERS = 10_000;
const PREFIX = 'SELECT ';
const ROW = z.object({ tree: z.string() });

export type ParsedExpression = { readonly placed: Placed | null; readonly problems: readonly Problem[] };

/**
 * Parses one expression with DuckDB's own parser and checks its tree against the allow-list. Nothing of it is
 * executed: the text goes in as a literal, and only the tree is looked at.
 */
export async function parseExpression(
  session: Session,
  path: string,
  text: string,
): Promise<ParsedExpression> {
  const source = new Source(path, text);
  if (text.length > LONGEST_CHARACTERS) {
    return source.refuse([
      { code: 'plan.expression.not_allowed', what: 'more than 10,000 characters', offset: null },
    ]);
  }
  const { tree } = await session.one(`SELECT json_serialize_sql(${literal(PREFIX + text)}) AS tree`, ROW);
  const raw = parseTree(tree);
  if (raw === null) {
    return source.refuse([
      { code: 'plan.expression.not_allowed', what: 'a number out of range', offset: null },
    ]);
  }
  if (raw.error !== false) return source.syntax(raw);
  const select = theOneItem(raw);
  if ('what' in select) return source.refuse([select]);
  const reader = new TreeReader((offset) => source.at(offset - PREFIX.length));
  const node: Node = reader.read(select.item);
  if (reader.refusals.length > 0) return source.refuse(reader.refusals);
  return { placed: { path, node }, problems: [] };
}

/** The expression of `SELECT expression`; a refusal for any further clause, item or statement. */
function theOneItem(raw: Raw): { readonly item: unknown } | Refusal {
  const refusal = (what: string): Refusal => ({ code: 'plan.expression.not_allowed', what, offset: null });
  const statements = listOf(raw.statements);
  if (statements.length !== 1) return refusal('more than one statement');
  const node = fieldsOf(fieldsOf(statements[0]).node);
  if (textOf(node.type) !== 'SELECT_NODE') return refusal('UNION, VALUES or another query');
  const from = fieldsOf(node.from_table);
  if (textOf(from.type) !== 'EMPTY') return refusal(`FROM (another table${nameOf(from)})`);
  const clauses: [string, boolean][] = [
    ['WHERE', fieldsOf(node.where_clause).class !== undefined],
    ['GROUP BY', listOf(node.group_expressions).length + listOf(node.group_sets).length > 0],
    ['GROUP BY ALL', textOf(node.aggregate_handling) !== 'STANDARD_HANDLING'],
    ['HAVING', fieldsOf(node.having).class !== undefined],
    ['QUALIFY', fieldsOf(node.qualify).class !== undefined],
    ['SAMPLE', node.sample !== null],
    ['DISTINCT, ORDER BY or LIMIT', listOf(node.modifiers).length > 0],
    ['WITH', listOf(fieldsOf(node.cte_map).map).length > 0],
  ];
  const clause = clauses.find(([, there]) => there);
  if (clause !== undefined) return refusal(`${clause[0]}, which belongs to a query`);
  const items = listOf(node.select_list);
  return items.length === 1 ? { item: items[0] } : refusal('more than one expression');
}

const nameOf = (from: Raw): string => {
  const name = textOf(from.table_name) || textOf(fieldsOf(from.function).function_name);
  return name === '' ? '' : `, ${name}`;
};

/** An expression's text, for the places in it. DuckDB counts bytes. */
class Source {
  readonly #path: string;
  readonly #bytes: Buffer;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#bytes = Buffer.from(text, 'utf8');
  }

  at(offset: number): string {
    return Number.isSafeInteger(offset) && offset >= 0 ? this.#bytes.subarray(offset).toString('utf8') : '';
  }

  refuse(refusals: readonly Refusal[]): ParsedExpression {
    return { placed: null, problems: refusals.map((r) => this.#problem(r)) };
  }

  syntax(raw: Raw): ParsedExpression {
    const notSelect = textOf(raw.error_type) === 'not implemented';
    const words = textOf(raw.error_message).split('\n')[0] ?? '';
    if (notSelect) {
      return this.refuse([{ code: 'plan.expression.not_allowed', what: 'a statement', offset: null }]);
    }
    const place = Number(textOf(raw.position)) - PREFIX.length;
    const where = textOf(raw.position) !== '' && place >= 0 ? ` at character ${place + 1} of it` : '';
    const message = `\`${this.#path}\` is no expression: ${words}${where}.`;
    return {
      placed: null,
      problems: [{ code: 'plan.expression.syntax', message, fix: SYNTAX_FIX, at: { path: this.#path } }],
    };
  }

  #problem({ code, what, offset }: Refusal): Problem {
    const bytes = offset === null ? -1 : offset - PREFIX.length;
    const inside = bytes >= 0 && bytes <= this.#bytes.length;
    const where = inside
      ? ` at character ${this.#bytes.subarray(0, bytes).toString('utf8').length + 1} of it`
      : '';
    const fix = code === 'plan.expression.syntax' ? SYNTAX_FIX : ALLOWED_FIX;
    return { code, message: `\`${this.#path}\` has ${what}${where}.`, fix, at: { path: this.#path } };
  }
}

const SYNTAX_FIX = 'Write one SQL expression over the columns of the event.';
const ALLOWED_FIX = "Use functions of the event's own columns only; docs/expressions.md lists them.";
