import { expect, it } from 'vitest';
import { guardWords, nothingMoved, rowsNote } from '#components/patch/guard-words.ts';

const COLUMNS = ['total', 'count', 'last'];
const of = (kind: 'patch' | 'undo', ...added: string[]) => ({ kind, added, columns: COLUMNS }) as const;

it('holds a row that is set to its value', () => {
  expect(guardWords(of('patch'))).toMatch(/still hold the value that the preview saw; one that moved/);
  expect(guardWords(of('undo'))).toMatch(/still hold what the patch wrote/);
  expect(nothingMoved(of('patch'))).toMatchObject({ name: 'Nothing moved', value: '0 drifted' });
});

it('never says so of what is added to', () => {
  for (const kind of ['patch', 'undo'] as const) {
    const all = of(kind, ...COLUMNS);
    for (const words of [guardWords(all), rowsNote(all), nothingMoved(all).words])
      expect(words).not.toMatch(/still hold/);
    expect(nothingMoved(all)).toMatchObject({ name: 'Rows found', value: '0 missing' });
  }
  expect(guardWords(of('patch', ...COLUMNS))).toBe(
    'The change is added to total, count and last, whatever they hold by then. Every such row must be there; if not, nothing is written.',
  );
  expect(guardWords(of('undo', 'total'))).toBe(
    'What was added to total is taken off again, whatever it holds by then. Everything else must still hold what the patch wrote; if not, nothing is put back.',
  );
  expect(nothingMoved(of('patch', 'total')).words).toBe(
    'Every row still holds what the preview saw, but for total, which is added to.',
  );
});
