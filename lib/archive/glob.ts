/** A compiled glob: the folder before its first glob character, and a test of the paths below it. */
export type Glob = {
  /** The fixed part: whole path segments without a glob character, `/`-separated; may be empty. */
  readonly base: string;
  /** Whether a path relative to `base` matches. */
  readonly matches: (relativePath: string) => boolean;
  /** True when the pattern may match below the first level under `base`. */
  readonly deep: boolean;
};

const MAGIC = /[*?[{]/;

/** Whether a path is a pattern. A path that exists as it is written is never one: the caller checks that first. */
export const isGlob = (path: string): boolean => MAGIC.test(path);

/**
 * Compiles `*`, `?`, `[a-z]`, `[!a]`, `{a,b}` and `**` (any number of folders, also none). `*` and `?` never
 * cross a `/`. A backslash takes the next character as it is.
 */
export function compileGlob(pattern: string): Glob {
  const segments = pattern.split('/');
  const magic = segments.findIndex((segment) => MAGIC.test(segment));
  const fixed = magic === -1 ? segments.length - 1 : magic;
  const rest = segments.slice(fixed);
  const expression = new RegExp(`^${pathExpression(rest)}$`, 'su');
  return {
    base: segments.slice(0, fixed).join('/'),
    matches: (relativePath) => expression.test(relativePath),
    deep: rest.length > 1 || rest.some((segment) => segment.includes('**')),
  };
}

function pathExpression(segments: readonly string[]): string {
  return segments
    .map((segment, i) => {
      const last = i === segments.length - 1;
      if (segment === '**') return last ? '.*' : '(?:[^/]+/)*';
      return segmentExpression(segment) + (last ? '' : '/');
    })
    .join('');
}

const quote = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/-]/u, '\\$&');

function segmentExpression(segment: string): string {
  let out = '';
  let depth = 0;
  const chars = [...segment];
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i] as string;
    if (c === '\\' && i + 1 < chars.length) out += quote(chars[++i] as string);
    else if (c === '*') out += '[^/]*';
    else if (c === '?') out += '[^/]';
    else if (c === '[') {
      const end = chars.indexOf(']', i + 2);
      out += end === -1 ? '\\[' : classExpression(chars.slice(i + 1, end));
      if (end !== -1) i = end;
    } else if (c === '{' && chars.indexOf('}', i) !== -1) {
      depth++;
      out += '(?:';
    } else if (c === '}' && depth > 0) {
      depth--;
      out += ')';
    } else if (c === ',' && depth > 0) out += '|';
    else out += quote(c);
  }
  return out;
}

function classExpression(chars: readonly string[]): string {
  const negated = chars[0] === '!' || chars[0] === '^';
  const body = (negated ? chars.slice(1) : chars).map((c) => (/[\\\]^[]/u.test(c) ? `\\${c}` : c)).join('');
  return negated ? `[^/${body}]` : `[${body}]`;
}
