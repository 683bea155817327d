export type Named = { readonly id: string; readonly name: string };

const isWordEnd = (text: string, at: number): boolean => !/[\p{L}\p{N}]/u.test(text.charAt(at));

/** Who is named at `@`: of several whose names begin alike, those with the longest. */
function namedAt<Person extends Named>(text: string, at: number, people: readonly Person[]): Person[] {
  const rest = text.slice(at + 1).toLowerCase();
  const fitting = people.filter(
    ({ name }) => name !== '' && rest.startsWith(name.toLowerCase()) && isWordEnd(rest, name.length),
  );
  const longest = Math.max(0, ...fitting.map(({ name }) => name.length));
  return fitting.filter(({ name }) => name.length === longest);
}

/** Where a name may begin: an `@` that is no part of a word, as in an e-mail address. */
const signs = (text: string): number[] =>
  [...text.matchAll(/@/g)].map(({ index }) => index).filter((at) => at === 0 || isWordEnd(text, at - 1));

/** The ids of those whom a text names by `@Name`; of two with one name those that were picked. */
export function mentionsIn(text: string, people: readonly Named[], picked: ReadonlySet<string>): string[] {
  const ids = signs(text).flatMap((at) => {
    const named = namedAt(text, at, people);
    const chosen = named.filter(({ id }) => picked.has(id));
    return (chosen.length > 0 ? chosen : named).map(({ id }) => id);
  });
  return [...new Set(ids)];
}

/** What is being typed after the `@` before the caret; null where no name is begun. */
export function beginning(
  text: string,
  caret: number,
): { readonly at: number; readonly query: string } | null {
  const at = signs(text.slice(0, caret)).at(-1);
  if (at === undefined) return null;
  const query = text.slice(at + 1, caret);
  return /^[^\n@]{0,40}$/.test(query) && !query.startsWith(' ') ? { at, query } : null;
}

/** Whose name, or a word of it, begins so. None for a name that stands there in full. */
export function suggested<Person extends Named>(
  query: string,
  people: readonly Person[],
  most = 6,
): Person[] {
  const wanted = query.toLowerCase();
  if (people.some(({ name }) => name.toLowerCase() === wanted.trimEnd())) return [];
  return people
    .filter(({ name }) => {
      const lower = name.toLowerCase();
      return lower.startsWith(wanted) || lower.split(/\s+/).some((word) => word.startsWith(wanted));
    })
    .slice(0, most);
}

/** The text in parts, the names of those who are mentioned apart. */
export function partsOf(
  text: string,
  mentions: readonly Named[],
): { readonly at: number; readonly text: string; readonly isMention: boolean }[] {
  const parts: { at: number; text: string; isMention: boolean }[] = [];
  let from = 0;
  const add = (to: number, isMention: boolean) => {
    if (to > from) parts.push({ at: from, text: text.slice(from, to), isMention });
    from = to;
  };
  for (const at of signs(text)) {
    const [named] = namedAt(text, at, mentions);
    if (named === undefined || at < from) continue;
    add(at, false);
    add(at + 1 + named.name.length, true);
  }
  add(text.length, false);
  return parts;
}
