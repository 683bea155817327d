import { Bug } from '#lib/base/failure';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A JSON value as its one text, by RFC 8785: no blanks, keys in the order of their UTF-16 units, strings and numbers as
 * ECMAScript writes them. A key without a value is left out, as JSON.stringify does. Throws a Bug for what JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed());
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') return objectText(value);
  throw new Bug(`canonical JSON cannot hold a ${typeof value}`);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return JSON.stringify(value);
  throw new Bug(`canonical JSON cannot hold ${value}`);
}

function objectText(value: object): string {
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key.toWellFormed())}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
