import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIST_SORTS, LIST_STATES, listViewQuery, parseListView } from '#lib/incident/list-view';

describe('list view', () => {
  it('reads back every view that it writes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LIST_STATES),
        fc.string({ maxLength: 200 }).map((q) => q.trim()),
        fc.constantFrom(...LIST_SORTS),
        (state, q, sort) => {
          const view = { state, q, sort };
          expect(parseListView(new URLSearchParams(listViewQuery(view)))).toEqual(view);
        },
      ),
    );
  });

  it('leaves defaults out of the address and takes them for what it does not know', () => {
    expect(listViewQuery({ state: 'open', q: '', sort: '-updated' })).toBe('');
    expect(listViewQuery({ state: 'all', q: 'points & more', sort: '-updated' })).toBe(
      '?state=all&q=points+%26+more',
    );
    expect(parseListView(new URLSearchParams('state=mine&sort=owner&q=%20x%20'))).toEqual({
      state: 'open',
      q: 'x',
      sort: '-updated',
    });
  });
});
