import type { AggregateFunction } from '#lib/calculation/calculation';

/** A checked expression: only what the allow-list knows has a form here. */
export type Node =
  | { readonly kind: 'column'; readonly name: string }
  /** `sql`: a literal whose type is its spelling. `zero`: the number nought. */
  | { readonly kind: 'constant'; readonly sql: string; readonly zero: boolean; readonly number: boolean }
  | { readonly kind: 'operator'; readonly name: string; readonly operands: readonly Node[] }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Node[] }
  | { readonly kind: 'compare'; readonly sign: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'between'; readonly input: Node; readonly lower: Node; readonly upper: Node }
  | { readonly kind: 'in'; readonly not: boolean; readonly input: Node; readonly values: readonly Node[] }
  | { readonly kind: 'null'; readonly not: boolean; readonly input: Node }
  | { readonly kind: 'not'; readonly input: Node }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Node[] }
  | { readonly kind: 'coalesce'; readonly operands: readonly Node[] }
  | {
      readonly kind: 'case';
      readonly arms: readonly { readonly when: Node; readonly result: Node }[];
      readonly otherwise: Node;
    }
  | { readonly kind: 'cast'; readonly input: Node; readonly type: string; readonly attempt: boolean }
  | {
      readonly kind: 'aggregate';
      readonly fn: AggregateFunction;
      readonly distinct: boolean;
      /** Null: count(*). */
      readonly argument: Node | null;
      readonly filter: Node | null;
    };

/** The nodes directly below a node, in the order in which they are written. */
export function below(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'column':
    case 'constant':
      return [];
    case 'operator':
    case 'call':
    case 'coalesce':
      return node.operands;
    case 'compare':
      return [node.left, node.right];
    case 'between':
      return [node.input, node.lower, node.upper];
    case 'in':
      return [node.input, ...node.values];
    case 'null':
    case 'not':
    case 'cast':
      return [node.input];
    case 'and':
    case 'or':
      return node.parts;
    case 'case':
      return [...node.arms.flatMap((arm) => [arm.when, arm.result]), node.otherwise];
    case 'aggregate':
      return [node.argument, node.filter].filter((n) => n !== null);
  }
}

/** Every column that a node names, once, as written. */
export function columnsOf(node: Node, found = new Set<string>()): ReadonlySet<string> {
  if (node.kind === 'column') found.add(node.name);
  for (const inner of below(node)) columnsOf(inner, found);
  return found;
}

export const holdsAggregate = (node: Node): boolean =>
  node.kind === 'aggregate' || below(node).some(holdsAggregate);

/** The same node with every aggregate replaced. Other nodes keep their form. */
export function mapAggregates(node: Node, replace: (aggregate: Node & { kind: 'aggregate' }) => Node): Node {
  const map = (inner: Node): Node => mapAggregates(inner, replace);
  switch (node.kind) {
    case 'aggregate':
      return replace(node);
    case 'column':
    case 'constant':
      return node;
    case 'operator':
    case 'call':
    case 'coalesce':
      return { ...node, operands: node.operands.map(map) };
    case 'compare':
      return { ...node, left: map(node.left), right: map(node.right) };
    case 'between':
      return { ...node, input: map(node.input), lower: map(node.lower), upper: map(node.upper) };
    case 'in':
      return { ...node, input: map(node.input), values: node.values.map(map) };
    case 'null':
    case 'not':
    case 'cast':
      return { ...node, input: map(node.input) };
    case 'and':
    case 'or':
      return { ...node, parts: node.parts.map(map) };
    case 'case':
      return {
        ...node,
        arms: node.arms.map((arm) => ({ when: map(arm.when), result: map(arm.result) })),
        otherwise: map(node.otherwise),
      };
  }
}
