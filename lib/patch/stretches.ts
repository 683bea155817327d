// Sets of row numbers as text: `0-4,9`. In order, without overlaps.

type Stretch = readonly [from: number, to: number];

function parse(text: string): Stretch[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const [from = '', to = from] = part.split('-');
    return [Number(from), Number(to)];
  });
}

/** True where every number of `some` is one of `all`. */
export function isWithin(some: string, all: string): boolean {
  const wide = parse(all);
  let at = 0;
  return parse(some).every(([from, to]) => {
    while (at < wide.length && (wide[at]?.[1] ?? 0) < from) at += 1;
    const [first, last] = wide[at] ?? [Number.POSITIVE_INFINITY, 0];
    return first <= from && to <= last;
  });
}
