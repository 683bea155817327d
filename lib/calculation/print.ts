import { ident, literal } from '#lib/base/sql';
import { DIVIDES, FUNCTIONS, OPERATORS } from '#lib/calculation/functions';
import { below, type Node } from '#lib/calculation/node';

/** Begins the message of an error that a calculation raises; what follows is the expression's path in the plan. */
export const ZERO_MARKER = 'recount:division_by_zero:';

/** Where an expression stands in the plan: named when it divides by zero. */
type Where = { readonly path: string };

/**
 * A checked expression as SQL, with everything in brackets. Differs from what was written in two ways: a zero divisor
 * raises an error (DuckDB alone gives NULL), and `and`, `or` stop at the part that decides them where a later part
 * could raise one (DuckDB alone evaluates them in any order).
 */
export function printSql(node: Node, where: Where): string {
  const print = (inner: Node): string => printSql(inner, where);
  const list = (nodes: readonly Node[]): string => nodes.map(print).join(', ');
  switch (node.kind) {
    case 'column':
      return ident(node.name);
    case 'constant':
      return node.sql;
    case 'operator':
    case 'call':
      return printCall(node, where);
    case 'compare':
      return `(${print(node.left)} ${node.sign} ${print(node.right)})`;
    case 'between':
      return `(${print(node.input)} BETWEEN ${print(node.lower)} AND ${print(node.upper)})`;
    case 'in':
      return `(${print(node.input)} ${node.not ? 'NOT IN' : 'IN'} (${list(node.values)}))`;
    case 'null':
      return `(${print(node.input)} IS ${node.not ? 'NOT ' : ''}NULL)`;
    case 'not':
      return `(NOT ${print(node.input)})`;
    case 'and':
    case 'or':
      return `(${node.parts.map(print).join(node.kind === 'and' ? ' AND ' : ' OR ')})`;
    case 'coalesce':
      return `coalesce(${list(node.operands)})`;
    case 'case': {
      const arms = node.arms.map(
        (arm) => `WHEN ${printCondition(arm.when, where)} THEN ${print(arm.result)}`,
      );
      return `CASE ${arms.join(' ')} ELSE ${print(node.otherwise)} END`;
    }
    case 'cast':
      return `${node.attempt ? 'TRY_CAST' : 'CAST'}(${print(node.input)} AS ${node.type})`;
    case 'aggregate': {
      const argument =
        node.argument === null ? '*' : `${node.distinct ? 'DISTINCT ' : ''}${print(node.argument)}`;
      const filter = node.filter === null ? '' : ` FILTER (WHERE ${printCondition(node.filter, where)})`;
      return `${node.fn}(${argument})${filter}`;
    }
  }
}

/** An expression of which only TRUE matters, as SQL: `where`, a filter, `when`, `deleted`. */
export function printCondition(node: Node, where: Where): string {
  const last = node.kind === 'and' || node.kind === 'or' ? node.parts.length - 1 : 0;
  if (node.kind === 'not' && (node.input.kind === 'and' || node.input.kind === 'or')) {
    // De Morgan's law, so that `not (b = 0 or a / b < 1)` stops at b = 0 as well.
    const kind = node.input.kind === 'and' ? 'or' : 'and';
    return printCondition({ kind, parts: node.input.parts.map((input) => ({ kind: 'not', input })) }, where);
  }
  if (node.kind === 'not' && node.input.kind === 'not')
    return printCondition(asTruth(node.input.input), where);
  if ((node.kind !== 'and' && node.kind !== 'or') || !node.parts.some(mayFail)) return printSql(node, where);
  const parts = node.parts.map((part) => printCondition(part, where));
  const rest = parts
    .slice(0, last)
    .reduceRight(
      (after, part) =>
        node.kind === 'and'
          ? `CASE WHEN ${part} THEN ${after} ELSE false END`
          : `CASE WHEN ${part} THEN true ELSE ${after} END`,
      parts[last] ?? 'NULL',
    );
  return rest;
}

/** `not not x` is TRUE exactly where x is; the cast keeps x a truth value. */
const asTruth = (input: Node): Node => ({ kind: 'cast', input, type: 'BOOLEAN', attempt: false });

function printCall(node: Node & { kind: 'operator' | 'call' }, where: Where): string {
  const operands = node.operands.map((inner) => printSql(inner, where));
  const divisor = DIVIDES.has(node.name) ? node.operands[1] : undefined;
  if (divisor !== undefined) operands[1] = printDivisor(divisor, operands[1] ?? '', where);
  if (node.kind === 'call') return `${ident(node.name)}(${operands.join(', ')})`;
  return operands.length === 1 ? `(${node.name} ${operands[0]})` : `(${operands.join(` ${node.name} `)})`;
}

function printDivisor(divisor: Node, sql: string, where: Where): string {
  if (divisor.kind === 'constant' && divisor.number && !divisor.zero) return sql;
  return `CASE WHEN ${sql} = 0 THEN error(${literal(ZERO_MARKER + where.path)}) ELSE ${sql} END`;
}

/** True where evaluating an expression can raise an error for some event. */
export function mayFail(node: Node): boolean {
  if (node.kind === 'operator' && (OPERATORS.get(node.name)?.mayFail ?? true)) return true;
  if (node.kind === 'call' && (FUNCTIONS.get(node.name)?.mayFail ?? true)) return true;
  if (node.kind === 'cast' && !node.attempt && node.input.kind !== 'constant') return true;
  return below(node).some(mayFail);
}
