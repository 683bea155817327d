/** What of the incidents is looked at: the part of the address that a teammate gets with the link. */
export const LIST_STATES = ['open', 'review', 'applied', 'closed', 'all'] as const;
export type ListState = (typeof LIST_STATES)[number];

/** Descending with a leading minus. The order holds within the groups of the list. */
export const LIST_SORTS = ['-updated', 'updated', 'title', '-title', '-differ', 'differ'] as const;
export type ListSort = (typeof LIST_SORTS)[number];

export type ListView = { readonly state: ListState; readonly q: string; readonly sort: ListSort };

export const DEFAULT_LIST_VIEW: ListView = { state: 'open', q: '', sort: '-updated' };

/** At most this much of a search is used; titles are shorter. */
const MAX_SEARCH = 200;

/** Reads `?state=&q=&sort=`. What is missing or unknown takes its default, so an old link still opens. */
export function parseListView(search: { get(name: string): string | null }): ListView {
  const [state, sort] = [search.get('state'), search.get('sort')];
  return {
    state: LIST_STATES.find((known) => known === state) ?? DEFAULT_LIST_VIEW.state,
    q: (search.get('q') ?? '').trim().slice(0, MAX_SEARCH),
    sort: LIST_SORTS.find((known) => known === sort) ?? DEFAULT_LIST_VIEW.sort,
  };
}

/** The shortest query that parseListView reads back as this view: empty, or with its `?`. */
export function listViewQuery(view: ListView): string {
  const search = new URLSearchParams();
  for (const name of ['state', 'q', 'sort'] as const) {
    if (view[name] !== DEFAULT_LIST_VIEW[name]) search.set(name, view[name]);
  }
  const query = search.toString();
  return query === '' ? '' : `?${query}`;
}
