import type { EditionContent } from '#lib/calculation/edition-content';

type Written = EditionContent['calculation']['versions'][number];

/** One thing that two editions say differently. */
export type Difference = {
  /** Where: `Every version`, `Version 2`. */
  readonly part: string;
  /** What: `Rows counted (where)`, `Measure total`. */
  readonly what: string;
  /** Null: it is not there. */
  readonly before: string | null;
  readonly after: string | null;
};

const WHOLE = 'All versions';

/** What two editions say differently, in the order of reading: expression by expression. None: they calculate the same. */
export function diffContents(before: EditionContent, after: EditionContent): Difference[] {
  const found: Difference[] = [];
  const compare = (part: string, what: string, was: string | undefined, is: string | undefined): void => {
    if (was !== is) found.push({ part, what, before: was ?? null, after: is ?? null });
  };
  const [old, now] = [before.calculation, after.calculation];
  compare(WHOLE, 'Replayed with', replayWords(old.replay_with), replayWords(now.replay_with));
  compare(WHOLE, 'Events that delete', before.deleted, after.deleted);
  const numbers = [...old.versions, ...now.versions].map(({ version }) => version);
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const at = ({ version }: Written): boolean => version === number;
    const [was, is] = [old.versions.find(at), now.versions.find(at)];
    const part = `Version ${number}`;
    if (was === undefined || is === undefined) compare(part, 'The version', there(was), there(is));
    compare(part, 'Deployed since', was?.since, is?.since);
    compare(part, 'Events that count', was?.where, is?.where);
    for (const name of namesOf(was?.keys, is?.keys))
      compare(part, `Key ${name}`, was?.keys[name], is?.keys[name]);
    for (const name of namesOf(was?.measures, is?.measures))
      compare(part, `Measure ${name}`, was?.measures[name], is?.measures[name]);
  }
  return found;
}

const there = (version: Written | undefined): string | undefined =>
  version === undefined ? undefined : 'is there';

const namesOf = (...sides: readonly (Readonly<Record<string, string>> | undefined)[]): string[] => [
  ...new Set(sides.flatMap((side) => Object.keys(side ?? {}))),
];

function replayWords(replayWith: string | number | undefined): string {
  return replayWith === undefined || replayWith === 'deployed'
    ? 'the version that was deployed'
    : `version ${replayWith}`;
}
