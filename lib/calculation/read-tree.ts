import type { Code } from '#lib/base/codes';
import { nearest } from '#lib/base/nearest';
import { AGGREGATES } from '#lib/calculation/calculation';
import { constantOf } from '#lib/calculation/constant';
import {
  CONSTANT_ARGUMENTS,
  DIVIDES,
  FUNCTIONS,
  GROWS,
  OPERATORS,
  SESSION_WORDS,
  whyNot,
} from '#lib/calculation/functions';
import { below, type Node } from '#lib/calculation/node';
import { fieldsOf, listOf, type Raw, textOf } from '#lib/calculation/raw';

/** What is wrong in an expression. `offset`: bytes from its start, or null where the parser gives no place. */
export type Refusal = { readonly code: Code; readonly what: string; readonly offset: number | null };

const NOTHING: Node = { kind: 'constant', sql: 'NULL', zero: false, number: false };
const LONGEST_REPLACEMENT = 100;
const MOST_GROWING = 2;
const MOST_DIVISORS = 4;

const SIGNS = new Map([
  ['COMPARE_EQUAL', '='],
  ['COMPARE_NOTEQUAL', '<>'],
  ['COMPARE_LESSTHAN', '<'],
  ['COMPARE_GREATERTHAN', '>'],
  ['COMPARE_LESSTHANOREQUALTO', '<='],
  ['COMPARE_GREATERTHANOREQUALTO', '>='],
  ['COMPARE_DISTINCT_FROM', 'IS DISTINCT FROM'],
  ['COMPARE_NOT_DISTINCT_FROM', 'IS NOT DISTINCT FROM'],
]);

const TYPES = new Set(
  `BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT FLOAT DOUBLE VARCHAR
  DATE TIME TIMESTAMP INTERVAL UUID`.split(/\s+/),
).add('TIMESTAMP WITH TIME ZONE');

const REFUSED_CLASSES = new Map([
  ['SUBQUERY', 'a subquery'],
  ['WINDOW', 'a window function'],
  ['STAR', '`*` outside count(*)'],
  ['POSITIONAL_REFERENCE', 'a column by its number'],
  ['PARAMETER', 'a parameter'],
  ['LAMBDA', 'a lambda'],
  ['LAMBDA_REF', 'a lambda'],
  ['COLLATE', 'a collation'],
  ['DEFAULT', '`DEFAULT`'],
]);

/** Turns a parse tree into a checked expression; whatever the allow-list does not know is refused by name. */
export class TreeReader {
  readonly refusals: Refusal[] = [];
  /** Source text at a byte offset: for the few things that the tree does not keep. */
  readonly #source: (offset: number) => string;

  constructor(source: (offset: number) => string) {
    this.#source = source;
  }

  read(value: unknown): Node {
    const raw = fieldsOf(value);
    if (textOf(raw.alias) !== '') {
      return this.#refuse(raw, `a name for a part of it (${textOf(raw.alias)})`, 'plan.expression.syntax');
    }
    switch (textOf(raw.class)) {
      case 'COLUMN_REF':
        return this.#column(raw);
      case 'CONSTANT':
        return this.#constant(raw);
      case 'FUNCTION':
        return this.#function(raw);
      case 'OPERATOR':
        return this.#operator(raw);
      case 'COMPARISON':
        return this.#comparison(raw);
      case 'CONJUNCTION':
        return {
          kind: textOf(raw.type) === 'CONJUNCTION_OR' ? 'or' : 'and',
          parts: this.#all(raw.children),
        };
      case 'BETWEEN':
        return {
          kind: 'between',
          input: this.read(raw.input),
          lower: this.read(raw.lower),
          upper: this.read(raw.upper),
        };
      case 'CASE':
        return this.#case(raw);
      case 'CAST':
        return this.#cast(raw);
      default:
        return this.#refuse(raw, REFUSED_CLASSES.get(textOf(raw.class)) ?? textOf(raw.class).toLowerCase());
    }
  }

  #all(values: unknown): readonly Node[] {
    return listOf(values).map((v) => this.read(v));
  }

  #refuse(raw: Raw, what: string, code: Code = 'plan.expression.not_allowed'): Node {
    const place = Number(textOf(raw.query_location));
    this.refusals.push({ code, what, offset: Number.isSafeInteger(place) ? place : null });
    return NOTHING;
  }

  #column(raw: Raw): Node {
    const names = listOf(raw.column_names).map(textOf);
    const [name = ''] = names;
    if (names.length !== 1)
      return this.#refuse(raw, `another table or a part of a column (${names.join('.')})`);
    const quoted = this.#source(Number(textOf(raw.query_location))).startsWith('"');
    if (!quoted && SESSION_WORDS.has(name.toLowerCase())) {
      return this.#refuse(raw, `\`${name}\`, which gives another value at each run or for another user`);
    }
    if (name.startsWith('@') && /^@(time|arrived|file|line)$/.test(name)) {
      return this.#refuse(raw, `\`${name}\`, which is Recount's own`);
    }
    return { kind: 'column', name };
  }

  #constant(raw: Raw): Node {
    const value = fieldsOf(raw.value);
    const constant = constantOf(value);
    if (constant === null) return this.#refuse(raw, 'a constant of a kind that is not read');
    const written = /^[+-]?[\d._]+(e?)/i.exec(this.#source(Number(textOf(raw.query_location))));
    if (textOf(fieldsOf(value.type).id) === 'DOUBLE' && written !== null && written[1] === '') {
      return this.#refuse(raw, 'a number of more than 38 digits, which would be rounded');
    }
    return constant;
  }

  #function(raw: Raw): Node {
    const name = textOf(raw.function_name).toLowerCase();
    const schema = textOf(raw.schema);
    if ((schema !== '' && schema !== 'main') || textOf(raw.catalog) !== '') {
      return this.#refuse(raw, `\`${schema}.${name}()\`, a function of another schema or a method call`);
    }
    if (name === 'count_star' || AGGREGATES.some((a) => a === name)) return this.#aggregate(raw, name);
    const isOperator = raw.is_operator === true;
    const known = (isOperator ? OPERATORS : FUNCTIONS).get(name);
    if (known === undefined) return this.#unknown(raw, name, isOperator);
    const operands = this.#all(raw.children);
    if (raw.distinct === true || fieldsOf(raw.filter).class !== undefined || this.#ordered(raw)) {
      return this.#refuse(raw, `DISTINCT, FILTER or ORDER BY in \`${name}()\``);
    }
    if (operands.length < known.least || operands.length > known.most) {
      return this.#refuse(raw, `\`${name}()\` with ${operands.length} arguments`);
    }
    const unfit = (isOperator ? null : unfitArguments(name, operands)) ?? unfitDivisor(name, operands);
    if (unfit !== null) return this.#refuse(raw, unfit);
    return { kind: isOperator ? 'operator' : 'call', name, operands };
  }

  #unknown(raw: Raw, name: string, isOperator: boolean): Node {
    if (isOperator) return this.#refuse(raw, `the operator \`${name.replace('__postfix', '')}\``);
    const why = whyNot(name);
    const near = why.startsWith('is not among') ? nearest(name, [...FUNCTIONS.keys(), ...AGGREGATES]) : null;
    return this.#refuse(
      raw,
      `\`${name}()\`, which ${why}${near === null ? '' : `; the nearest is \`${near}()\``}`,
    );
  }

  #aggregate(raw: Raw, name: string): Node {
    if (this.#ordered(raw))
      return this.#refuse(raw, `ORDER BY in \`${name}()\`: the order is time, sequence, id`);
    const operands = this.#all(raw.children);
    const filter = fieldsOf(raw.filter).class === undefined ? null : this.read(raw.filter);
    const distinct = raw.distinct === true;
    if (name === 'count_star')
      return { kind: 'aggregate', fn: 'count', distinct: false, argument: null, filter };
    if (distinct && name !== 'count')
      return this.#refuse(raw, `DISTINCT in \`${name}()\`: it is for count only`);
    const fn = AGGREGATES.find((a) => a === name);
    const [argument] = operands;
    if (fn === undefined || argument === undefined || operands.length !== 1) {
      return this.#refuse(raw, `\`${name}()\` with ${operands.length} arguments`);
    }
    return { kind: 'aggregate', fn, distinct, argument, filter };
  }

  #ordered(raw: Raw): boolean {
    return listOf(fieldsOf(raw.order_bys).orders).length > 0;
  }

  #operator(raw: Raw): Node {
    const type = textOf(raw.type);
    const operands = this.#all(raw.children);
    const [input = NOTHING, ...values] = operands;
    if (type === 'OPERATOR_COALESCE') return { kind: 'coalesce', operands };
    if (type === 'OPERATOR_NOT') return { kind: 'not', input };
    if (type === 'OPERATOR_IS_NULL' || type === 'OPERATOR_IS_NOT_NULL') {
      return { kind: 'null', not: type === 'OPERATOR_IS_NOT_NULL', input };
    }
    if (type === 'COMPARE_IN' || type === 'COMPARE_NOT_IN') {
      return { kind: 'in', not: type === 'COMPARE_NOT_IN', input, values };
    }
    if (type === 'OPERATOR_TRY') return this.#refuse(raw, '`try()`, which turns an error into NULL');
    return this.#refuse(raw, type.startsWith('ARRAY_') ? 'an element of a list' : type.toLowerCase());
  }

  #comparison(raw: Raw): Node {
    const sign = SIGNS.get(textOf(raw.type));
    const [left, right] = [this.read(raw.left), this.read(raw.right)];
    return sign === undefined ? this.#refuse(raw, textOf(raw.type)) : { kind: 'compare', sign, left, right };
  }

  #case(raw: Raw): Node {
    const arms = listOf(raw.case_checks).map((check) => {
      const { when_expr, then_expr } = fieldsOf(check);
      return { when: this.read(when_expr), result: this.read(then_expr) };
    });
    return { kind: 'case', arms, otherwise: this.read(raw.else_expr) };
  }

  #cast(raw: Raw): Node {
    const input = this.read(raw.child);
    const type = castType(fieldsOf(raw.cast_type));
    if (type === null) return this.#refuse(raw, 'a cast to a type that an expression may not have');
    return { kind: 'cast', input, type, attempt: raw.try_cast === true };
  }
}

function castType(type: Raw): string | null {
  const id = textOf(type.id);
  if (TYPES.has(id)) return id;
  const info = fieldsOf(type.type_info);
  return id === 'DECIMAL' ? `DECIMAL(${textOf(info.width)},${textOf(info.scale)})` : null;
}

/** What is wrong with a function's arguments; null where nothing is. */
function unfitArguments(name: string, operands: readonly Node[]): string | null {
  for (const place of CONSTANT_ARGUMENTS.get(name) ?? []) {
    const operand = operands[place];
    if (operand !== undefined && operand.kind !== 'constant') {
      return `\`${name}()\` whose argument ${place + 1} is no constant`;
    }
  }
  if (!GROWS.has(name)) return null;
  const [, , replacement] = operands;
  const tooLong = replacement?.kind === 'constant' && replacement.sql.length > LONGEST_REPLACEMENT;
  const growing = 1 + deepest(operands[0] ?? NOTHING, (n) => n.kind === 'call' && GROWS.has(n.name));
  return tooLong || growing > MOST_GROWING ? `\`${name}()\` that can make a value of any size` : null;
}

/** A divisor is printed twice, so divisions in divisors may not go deep. */
function unfitDivisor(name: string, operands: readonly Node[]): string | null {
  const [, divisor] = operands;
  if (!DIVIDES.has(name) || divisor === undefined) return null;
  const divides = (n: Node): boolean => (n.kind === 'operator' || n.kind === 'call') && DIVIDES.has(n.name);
  return deepest(divisor, divides) >= MOST_DIVISORS ? 'divisors that divide, many times over' : null;
}

/** The most nodes of a kind that lie on one way down. */
function deepest(node: Node, counts: (node: Node) => boolean): number {
  const inner = below(node).reduce((most, n) => Math.max(most, deepest(n, counts)), 0);
  return inner + (counts(node) ? 1 : 0);
}
