import { countOf, formatCount } from '#components/ui/format.ts';
import type { PillTone } from '#components/ui/pill';
import type { EditionView, TestView } from '#lib/calculation/edition';

/** What a test run says, in a few words and a tone. */
export function testWords({ state, words, result, error }: TestView): { tone: PillTone; text: string } {
  if (state === 'queued' || state === 'running')
    return { tone: 'acc', text: words ?? 'Waiting for a worker' };
  if (state === 'cancelled') return { tone: 'neutral', text: 'Stopped: the draft was changed' };
  if (result === null) return { tone: 'danger', text: error?.message ?? 'Could not be done' };
  const { cells, differ } = result;
  if (cells === 0) return { tone: 'warn', text: 'No row was compared' };
  if (differ === 0) return { tone: 'ok', text: `${countOf(cells, 'row agrees', 'rows agree')}` };
  return {
    tone: 'danger',
    text: `${formatCount(differ)} of ${countOf(cells, 'row differs', 'rows differ')}`,
  };
}

/** What keeps a draft from being published; null: nothing but, perhaps, a reason. */
export function whyNotPublished(draft: EditionView, editions: readonly EditionView[]): string | null {
  const same = editions.find(({ id, sha256 }) => id !== draft.id && sha256 === draft.sha256);
  if (same !== undefined) return `It calculates what edition ${same.number} does.`;
  const current = draft.tests.filter(({ isCurrent }) => isCurrent);
  if (current.some(({ state }) => state === 'queued' || state === 'running'))
    return 'A test run is under way.';
  return current.some(({ state }) => state === 'done') ? null : 'Test it on a healthy stretch first.';
}

/** The newest finished test run of what a draft says now. */
export const decidingTest = ({ tests }: EditionView): TestView | null =>
  tests.find(({ isCurrent, state }) => isCurrent && state === 'done') ?? null;

export const editionWords = ({ number, published }: Pick<EditionView, 'number' | 'published'>): string =>
  published === null ? `Draft of edition ${number}` : `Edition ${number}`;
