import type { CheckLine } from '#components/patch/check-lines';
import { nothingMoved } from '#components/patch/guard-words.ts';
import { movedWords, rowsWords, STEP_WORDS } from '#components/patch/words.ts';
import type { PillTone } from '#components/ui/pill';
import { formatDuration } from '#components/ui/time.ts';
import type { PatchView, RehearsalView } from '#lib/patch/patch';
import type { Rehearsal } from '#lib/patch/rehearsal';

/** How long a rehearsal may hold locks. */
export const LIMITS = [
  { value: '1000', label: 'for 1 s at most' },
  { value: '5000', label: 'for 5 s at most' },
  { value: '10000', label: 'for 10 s at most' },
  { value: '30000', label: 'for 30 s at most' },
  { value: '60000', label: 'for 60 s at most' },
] as const;
export type Limit = (typeof LIMITS)[number]['value'];

/** How a rehearsal went, in a word. */
export function rehearsalPill({ state, result }: RehearsalView): { word: string; tone: PillTone } {
  if (state === 'queued') return { word: 'Waiting', tone: 'acc' };
  if (state === 'running') return { word: 'Running', tone: 'acc' };
  if (state === 'cancelled') return { word: 'Cancelled', tone: 'neutral' };
  if (state === 'failed' || result === null) return { word: 'Could not be held', tone: 'warn' };
  return {
    would_apply: { word: 'Would be written', tone: 'ok' as const },
    already_applied: { word: 'Is written already', tone: 'neutral' as const },
    nothing_to_apply: { word: 'Nothing to write', tone: 'neutral' as const },
    refused: { word: 'Would be refused', tone: 'danger' as const },
  }[result.status];
}

type Of = Pick<PatchView, 'counts' | 'kind' | 'added' | 'columns'>;

/** What a rehearsal found, line by line; a refusal and its rows stand above it. */
export function rehearsalLines(patch: Of, result: Rehearsal, isFile: boolean): readonly CheckLine[] {
  if (result.status !== 'would_apply') return [timing(result)];
  const rows = rowsWords(patch);
  return [
    {
      state: 'ok',
      name: 'Ran, rolled back',
      words: isFile
        ? 'The whole file was gone through as an apply would; it was not replaced.'
        : 'The same statements on the same table, in one transaction.',
      value: `${rows}, ${formatDuration(result.elapsedMs)}`,
    },
    { state: 'ok', ...nothingMoved(patch) },
    ...(isFile ? [] : effects(result)),
    {
      state: 'note',
      name: isFile ? 'File held' : 'Rows locked',
      words: isFile
        ? 'For this long other writers of Recount would wait.'
        : 'For this long other writers of these rows would wait.',
      value: `${formatDuration(result.lockedMs)} of at most ${formatDuration(result.limitMs)}`,
    },
    timing(result),
  ];
}

function effects({ sideEffects }: Rehearsal): readonly CheckLine[] {
  if (sideEffects.length === 0) {
    return [
      {
        state: 'ok',
        name: 'Constraints',
        words: 'All hold. No trigger ran, and no foreign key writes elsewhere.',
        value: '0 violations',
      },
    ];
  }
  return [
    { state: 'ok', name: 'Constraints', words: 'All hold.', value: '0 violations' },
    ...sideEffects.map(
      (words, index): CheckLine => ({
        state: 'warning',
        name: index === 0 ? 'Happens too' : '',
        words,
      }),
    ),
  ];
}

function timing({ steps, elapsedMs, lockedMs }: Rehearsal): CheckLine {
  const words = steps
    .map(({ step, elapsedMs: took }) => `${STEP_WORDS[step].todo.toLowerCase()} ${formatDuration(took)}`)
    .join(', ');
  return {
    state: 'note',
    name: 'Time of each step',
    words:
      words === '' ? 'It ended before the first step.' : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
    value: lockedMs === 0 ? formatDuration(elapsedMs) : undefined,
  };
}

/** What an apply would be refused with, in short. */
export const refusalTitle = ({ code, rows = [] }: NonNullable<Rehearsal['refusal']>): string =>
  code === 'patch.stale'
    ? `It would be refused: ${movedWords(rows).replace(/^L/, 'l')} since.`
    : 'It would be refused.';
