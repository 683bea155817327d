import type { PatchView } from '#lib/patch/patch';

type Of = Pick<PatchView, 'kind' | 'added' | 'columns'>;

/** `total`, `total and count`, `a, b and c`. */
const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const isAdded = ({ added }: Pick<Of, 'added'>): boolean => added.length > 0;
/** Nothing of an updated row has to hold what it held. */
const isOnlyAdded = ({ added, columns }: Of): boolean => added.length > 0 && added.length >= columns.length;

/** What an updated row is held to at the write: what it held before, or, where it is added to, that it is there. */
export function guardWords(patch: Of): string {
  const isUndo = patch.kind === 'undo';
  if (!isAdded(patch))
    return isUndo
      ? 'Every row must still hold what the patch wrote; one that moved, and nothing is put back.'
      : 'Every row must still hold the value that the preview saw; one that moved, and nothing is written.';
  const it = patch.added.length === 1 ? 'it holds' : 'they hold';
  const adds = isUndo
    ? `What was added to ${listed(patch.added)} is taken off again, whatever ${it} by then.`
    : `The change is added to ${listed(patch.added)}, whatever ${it} by then.`;
  const others = isOnlyAdded(patch)
    ? 'Every such row must be there'
    : `Everything else must still hold ${isUndo ? 'what the patch wrote' : 'the value that the preview saw'}`;
  return `${adds} ${others}; if not, nothing is ${isUndo ? 'put back' : 'written'}.`;
}

/** The same for the list of rows, in few words. */
export function rowsNote(patch: Of): string {
  if (!isAdded(patch)) return 'All are written in one transaction, or none.';
  return patch.kind === 'undo'
    ? `What was added to ${listed(patch.added)} is taken off what is there then; Before and After are those of the preview, turned round.`
    : `Change is added to what ${listed(patch.added)} holds then; Before and After are those of the preview.`;
}

/** What a rehearsal found of the rows. */
export function nothingMoved(patch: Of): {
  readonly name: string;
  readonly words: string;
  readonly value: string;
} {
  if (isOnlyAdded(patch))
    return {
      name: 'Rows found',
      words: `Every row that is ${patch.kind === 'undo' ? 'taken off' : 'added to'} is there.`,
      value: '0 missing',
    };
  const saw = patch.kind === 'undo' ? 'what the patch wrote' : 'what the preview saw';
  const but = isAdded(patch) ? `, but for ${listed(patch.added)}, which is added to` : '';
  return { name: 'Nothing moved', words: `Every row still holds ${saw}${but}.`, value: '0 drifted' };
}
