import type { Code } from '#lib/base/codes';
import type { Problem } from '#lib/base/failure';
import { type Instant, parseInstant } from '#lib/base/instant';
import { nearest } from '#lib/base/nearest';
import type { Entry, Position, Tree } from '#lib/plan/tree';

/** A value with its path in the plan (`archive.fields.id`). `tree` null: the field is absent. */
export type Field = { readonly path: string; readonly at: Position; readonly tree: Tree | null };

/** The fields of a map that was read. */
export type Fields = { readonly get: (name: string) => Field };

const KINDS: Record<Tree['kind'], string> = {
  nothing: 'nothing',
  boolean: 'true or false',
  number: 'a number',
  text: 'text',
  list: 'a list',
  map: 'a map of fields',
};

/**
 * Reads typed values out of a tree and collects every problem on the way. A method that gives null has either
 * reported a problem or met an absent field.
 */
export class PlanReader {
  readonly problems: Problem[] = [];

  /** Reports a problem at a field. `message` names the field by its path; the place is added. */
  report(code: Code, field: Field, message: string, fix: string): null {
    const at = field.at;
    const where = at === null ? '' : ` (line ${at.line}, column ${at.column})`;
    this.problems.push({
      code,
      message: `${message}${where}.`,
      fix,
      at: { path: field.path, ...(at === null ? {} : { line: at.line, column: at.column }) },
    });
    return null;
  }

  wrong(field: Field, message: string, fix: string): null {
    return this.report('plan.field.invalid', field, `\`${field.path}\` ${message}`, fix);
  }

  missing(field: Field, fix: string): null {
    return this.report('plan.field.missing', field, `\`${field.path}\` is missing`, fix);
  }

  /** True where the field has a value; `field:` with nothing behind it counts as absent. */
  has(field: Field): boolean {
    return field.tree !== null && field.tree.kind !== 'nothing';
  }

  /** A map with known fields. Unknown and repeated ones are reported, with the nearest name. */
  map(field: Field, names: readonly string[]): Fields | null {
    const entries = this.#entries(field, `the fields ${names.join(', ')}`);
    if (entries === null) return null;
    for (const entry of entries) {
      if (names.includes(entry.key)) continue;
      const near = nearest(entry.key, names);
      const at = { path: join(field.path, entry.key), at: entry.at, tree: entry.value };
      const hint = near === null ? '' : `; the nearest name is \`${near}\``;
      const fix =
        near === null ? `Use one of ${names.join(', ')}.` : `Write \`${near}\`, or remove the field.`;
      this.report('plan.field.unknown', at, `\`${at.path}\` is not a field of a plan${hint}`, fix);
    }
    const get = (name: string): Field => {
      const path = join(field.path, name);
      const entry = entries.find((e) => e.key === name);
      if (entry === undefined) return { path, at: field.tree?.at ?? field.at, tree: null };
      return { path, at: entry.value.at ?? entry.at, tree: entry.value };
    };
    return { get };
  }

  /** A map whose names are the user's own. */
  names(field: Field, what: string): readonly (readonly [string, Field])[] | null {
    const entries = this.#entries(field, what);
    if (entries === null) return null;
    return entries.map((entry) => {
      const path = join(field.path, entry.key);
      return [entry.key, { path, at: entry.value.at ?? entry.at, tree: entry.value }] as const;
    });
  }

  #entries(field: Field, what: string): readonly Entry[] | null {
    const { tree } = field;
    if (tree === null || tree.kind === 'nothing') return this.missing(field, `Give ${what}.`);
    if (tree.kind !== 'map') return this.wrong(field, `is ${KINDS[tree.kind]}, not a map`, `Give ${what}.`);
    const seen = new Set<string>();
    return tree.entries.filter((entry) => {
      if (!seen.has(entry.key)) return seen.add(entry.key);
      const at = { path: join(field.path, entry.key), at: entry.at, tree: entry.value };
      this.report('plan.field.duplicate', at, `\`${at.path}\` stands twice`, 'Keep one of the two.');
      return false;
    });
  }

  list(field: Field, fix: string): readonly Field[] | null {
    const { tree } = field;
    if (tree === null || tree.kind === 'nothing') return this.missing(field, fix);
    if (tree.kind !== 'list') return this.wrong(field, `is ${KINDS[tree.kind]}, not a list`, fix);
    return tree.items.map((item, i) => ({ path: `${field.path}[${i}]`, at: item.at, tree: item }));
  }

  /** Text that is there and not blank. */
  text(field: Field, fix: string): string | null {
    const { tree } = field;
    if (tree === null || tree.kind === 'nothing') return this.missing(field, fix);
    if (tree.kind !== 'text') return this.wrong(field, `is ${KINDS[tree.kind]}, not text`, fix);
    if (tree.text.trim() === '') return this.wrong(field, 'is empty', fix);
    if (tree.text.includes('\0') || !tree.text.isWellFormed()) {
      return this.wrong(
        field,
        'holds a character that no name or text may hold',
        'Remove NUL and lone surrogates.',
      );
    }
    return tree.text;
  }

  optionalText(field: Field, fix: string): string | null {
    return this.has(field) ? this.text(field, fix) : null;
  }

  /** An expression: text, or a bare number or boolean, which YAML takes out of `where: true`. */
  expression(field: Field, fix: string): string | null {
    const { tree } = field;
    if (tree?.kind === 'number') return tree.text;
    if (tree?.kind === 'boolean') return String(tree.value);
    return this.text(field, fix);
  }

  oneOf<const T extends string>(field: Field, values: readonly T[], otherwise: T | null): T | null {
    const fix = `Use one of ${values.join(', ')}.`;
    if (!this.has(field) && otherwise !== null) return otherwise;
    const text = this.text(field, fix);
    if (text === null) return null;
    const found = values.find((v) => v === text);
    if (found !== undefined) return found;
    const near = nearest(text, values);
    return this.wrong(
      field,
      `is \`${text}\`; allowed are ${values.join(', ')}`,
      near === null ? fix : `Write \`${near}\`.`,
    );
  }

  boolean(field: Field, otherwise: boolean): boolean | null {
    if (!this.has(field)) return otherwise;
    if (field.tree?.kind === 'boolean') return field.tree.value;
    return this.wrong(field, 'is neither true nor false', 'Write true or false, without quotes.');
  }

  instant(field: Field): Instant | null {
    const fix = 'Write an instant with an offset, for example 2024-06-10T12:00:00Z.';
    const text = this.text(field, fix);
    return text === null ? null : this.#instant(field, text);
  }

  #instant(field: Field, text: string): Instant | null {
    const instant = parseInstant(text);
    if (instant !== null) return instant;
    if (parseInstant(`${text}Z`) !== null) {
      const fix = `Write ${text}Z for UTC, or the offset of your zone (${text}+02:00).`;
      return this.wrong(field, `is ${text}, a time without an offset`, fix);
    }
    const fix = 'Write an instant with an offset, for example 2024-06-10T12:00:00Z.';
    if (/^\d{4}-\d{2}-\d{2}$/.test(text))
      return this.wrong(field, `is ${text}, a day and not an instant`, fix);
    return this.wrong(field, `is \`${text}\`, which is no instant to the microsecond`, fix);
  }

  /** An instant, or the name of a column where the text doesn't look like a time. */
  instantOrName(field: Field): { readonly at: Instant } | { readonly name: string } | null {
    const text = this.text(field, 'Write an instant with an offset, or the name of a live column.');
    if (text === null) return null;
    if (!/^[+-]?\d/.test(text)) return { name: text };
    const at = this.#instant(field, text);
    return at === null ? null : { at };
  }

  zone(field: Field, otherwise: string | null): string | null {
    if (!this.has(field)) return otherwise;
    const fix = 'Write a zone by its IANA name, for example UTC or Europe/Berlin.';
    const text = this.text(field, fix);
    if (text === null || isZone(text)) return text;
    return this.wrong(field, `is \`${text}\`, which is no time zone`, fix);
  }
}

function isZone(name: string): boolean {
  if (name === 'UTC') return true; // the names of all others take a while to load
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const join = (path: string, name: string): string => {
  const part = /^[^.[\]\s]+$/.test(name) ? name : JSON.stringify(name);
  return path === '' ? part : `${path}.${part}`;
};
