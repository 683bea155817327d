import { type DiscrepancyKind, type DiscrepancyQuery, KINDS } from '#lib/compare/discrepancy';

export type Kind = DiscrepancyKind;

/** What of the differences is shown and what is open: the part of the address that is the table's. */
export type TableUrl = {
  readonly kind: Kind;
  readonly q: string;
  readonly min: string;
  readonly max: string;
  readonly measure: string | null;
  /** Like `max`, but not included: the end of a bar of the histogram. */
  readonly below: string;
  /** As the API takes it; null for the default. */
  readonly sort: string | null;
  /** The open row, by its place in discrepancies.csv. */
  readonly key: number | null;
  readonly tab: 'events' | 'raw';
};

/** Plain decimals, with or without a minus: bounds of a difference. */
export const isBound = (text: string): boolean => /^-?\d{1,30}(\.\d{1,30})?$/.test(text);

const wholeNumber = (text: string | null): number | null =>
  text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;

/** Reads the address; what is damaged counts as absent. */
export function readTableUrl(params: Pick<URLSearchParams, 'get'>): TableUrl {
  const bound = (name: string): string => {
    const text = params.get(name) ?? '';
    return isBound(text) ? text : '';
  };
  const sort = params.get('sort');
  return {
    kind: KINDS.find((kind) => kind === params.get('kind')) ?? 'all',
    q: params.get('q') ?? '',
    min: bound('min'),
    max: bound('max'),
    measure: params.get('measure') || null,
    below: bound('below'),
    sort:
      sort !== null && /^-?(key|bucket|events|duplicates|(live|recalculated|delta|abs):.+)$/s.test(sort)
        ? sort
        : null,
    key: wholeNumber(params.get('key')),
    tab: params.get('tab') === 'raw' ? 'raw' : 'events',
  };
}

/** Names and values to set in the address; null removes one. */
export function writeTableUrl(change: Partial<TableUrl>): Readonly<Record<string, string | null>> {
  const set: Record<string, string | null> = {};
  if (change.kind !== undefined) set.kind = change.kind === 'all' ? null : change.kind;
  if (change.tab !== undefined) set.tab = change.tab === 'events' ? null : change.tab;
  for (const name of ['q', 'min', 'max', 'below', 'measure', 'sort'] as const) {
    if (change[name] !== undefined) set[name] = change[name] || null;
  }
  if (change.key !== undefined) set.key = change.key === null ? null : String(change.key);
  return set;
}

/** The query of the API for what is shown; `measures` are those with numbers, the first is the default. */
export function queryOf(url: TableUrl, measures: readonly string[]): DiscrepancyQuery {
  const measure = url.measure !== null && measures.includes(url.measure) ? url.measure : measures[0];
  return {
    kind: url.kind,
    sort: url.sort ?? (measure === undefined ? 'key' : `-abs:${measure}`),
    ...(url.q === '' ? {} : { q: url.q }),
    ...(url.min === '' ? {} : { min: url.min }),
    ...(url.max === '' ? {} : { max: url.max }),
    ...(url.below === '' ? {} : { below: url.below }),
    ...(measure === undefined ? {} : { measure }),
  };
}

/** The search string of a query; empty parts are left out. */
export function searchOf(query: DiscrepancyQuery): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== 'all') params.set(name, String(value));
  }
  return params.toString();
}

/** True where a filter beside the kind leaves rows out. */
export const isFiltered = (url: TableUrl): boolean =>
  [url.q, url.min, url.max, url.below].some((text) => text !== '');

export type Sorting = { readonly by: string; readonly descending: boolean };

export const sortingOf = (sort: string): Sorting =>
  sort.startsWith('-') ? { by: sort.slice(1), descending: true } : { by: sort, descending: false };

/** The next sorting by a column: numbers start with the largest, keys with the first; a second press turns it. */
export function nextSort(now: string, by: string, first: 'ascending' | 'descending'): string {
  const { by: current, descending } = sortingOf(now);
  if (current !== by) return first === 'descending' ? `-${by}` : by;
  return descending ? by : `-${by}`;
}
