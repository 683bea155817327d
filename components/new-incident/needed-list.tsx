'use client';

import { fieldId, type Missing, sectionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { Card } from '#components/ui/card';
import { Icon } from '#components/ui/icon';

const SECTIONS = [
  { name: 'archive', title: 'Archive' },
  { name: 'live', title: 'Live store' },
  { name: 'calculation', title: 'Calculation' },
  { name: null, title: 'Elsewhere' },
] as const;

/** What the set-up still needs, each a press away from its field. */
export function NeededList() {
  const { view, missing, check, showAll } = useDraft();
  const go = (one: Missing) => {
    showAll();
    focusField(one.path);
  };
  return (
    <Card aria-label="What is still needed">
      <div className="grid gap-3 px-3.5 py-3">
        <h2 className="font-semibold">Still needed</h2>
        {check === 'failed' ? (
          <p className="text-warn">
            The columns could not be checked against the archive and the live table now; the preview does it
            again.
          </p>
        ) : null}
        {view === null ? (
          <p className="text-text-2">
            Begin anywhere. What you enter is saved as a draft and checked against the archive and the live
            table as you go.
          </p>
        ) : missing.length === 0 ? (
          check === 'checking' ? (
            <p className="text-text-2">Checking the columns against the archive and the live table.</p>
          ) : (
            <p className="flex gap-2 text-ok">
              <Icon name="check" className="mt-0.5" /> Nothing. The set-up is complete; the window comes next.
            </p>
          )
        ) : (
          SECTIONS.map(({ name, title }) => {
            const own = missing.filter((one) => sectionOf(one.path) === name);
            return own.length === 0 ? null : (
              <div key={title}>
                <h3 className="text-text-3 text-xs">{title}</h3>
                <ul>
                  {own.map((one) => (
                    <li key={`${one.path} ${one.message}`}>
                      <button
                        type="button"
                        onClick={() => go(one)}
                        className="flex w-full gap-2 rounded-tag py-1 text-left text-text-2 hover:text-text"
                      >
                        <Icon name="chevron-right" size={12} className="mt-1 text-text-3" />
                        <span className="min-w-0 [overflow-wrap:anywhere]">{one.message}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </div>
            );
          })
        )}
      </div>
    </Card>
  );
}

/** Brings a field into view and puts the cursor there; where it has no control yet, its section. */
export function focusField(path: string): void {
  const parts = path.split(/(?=[.[])/);
  for (let length = parts.length; length > 0; length--) {
    const field = document.getElementById(fieldId(parts.slice(0, length).join('')));
    if (field === null) continue;
    openAround(field);
    field.scrollIntoView({ block: 'center' });
    field.focus({ preventScroll: true });
    return;
  }
  document.getElementById(sectionOf(path) ?? '')?.scrollIntoView({ block: 'start' });
}

/** What is folded away can't take the focus. */
function openAround(field: HTMLElement): void {
  let folded = field.closest('details');
  while (folded !== null) {
    folded.open = true;
    folded = folded.parentElement?.closest('details') ?? null;
  }
}
