import type { ReactNode } from 'react';
import { Icon, type IconName } from '#components/ui/icon';

export type CheckLine = {
  readonly state: 'ok' | 'warning' | 'stop' | 'note';
  readonly name: ReactNode;
  /** What was found. */
  readonly words: ReactNode;
  /** What to do about it. */
  readonly fix?: ReactNode;
  /** At the right edge: a count, a time. */
  readonly value?: ReactNode;
};

const MARKS: Record<CheckLine['state'], { icon: IconName; look: string; word: string }> = {
  ok: { icon: 'check', look: 'text-ok', word: 'In order' },
  warning: { icon: 'warning', look: 'text-warn', word: 'Warning' },
  stop: { icon: 'stop', look: 'text-danger', word: 'Stop' },
  note: { icon: 'info', look: 'text-text-3', word: 'Note' },
};

/** Checks, one a line: a mark whose shape says how it went, what was looked at, what was found. */
export function CheckLines({ label, lines }: { label: string; lines: readonly CheckLine[] }) {
  return (
    <ul aria-label={label}>
      {lines.map(({ state, name, words, fix, value }, index) => {
        const { icon, look, word } = MARKS[state];
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: the checks have fixed places
            key={index}
            className="grid grid-cols-[1rem_minmax(0,1fr)] items-start gap-x-2.5 gap-y-0.5 border-line border-t px-3.5 py-2 first:border-t-0 md:grid-cols-[1rem_8.5rem_minmax(0,1fr)_auto]"
          >
            <Icon name={icon} size={15} className={`mt-0.5 ${look}`} />
            <span className="font-medium">
              <span className="sr-only">{word}: </span>
              {name}
            </span>
            <div className="min-w-0 text-pretty text-text-2 [overflow-wrap:anywhere] max-md:col-start-2">
              {words}
              {fix ? <p className="text-text-3 text-xs">{fix}</p> : null}
            </div>
            {value === undefined ? null : (
              <span className="text-text-3 text-xs max-md:col-start-2 md:pt-px md:text-right">{value}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
