/** An object of DuckDB's serialized parse tree. Numbers are kept as their text: some have 128 bits. */
export type Raw = { readonly [field: string]: unknown };

/** Where a value of the tree is no object, an empty one stands for it: no field of it is then what is expected. */
export const fieldsOf = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

type WithSource = (
  this: unknown,
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;
/** ECMAScript's JSON.parse with source text access, which Node 24 has and TypeScript does not know yet. */
const parseWithSource = JSON.parse as (text: string, reviver: WithSource) => unknown;

/** Parses the tree with every number as the text that stands in it. Null where it is no JSON (an infinite number). */
export function parseTree(text: string): Raw | null {
  try {
    return fieldsOf(
      parseWithSource(text, (_, value, { source }) => (typeof value === 'number' ? (source ?? '') : value)),
    );
  } catch {
    return null;
  }
}
