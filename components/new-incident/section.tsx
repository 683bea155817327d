'use client';

import { type ReactNode, useId } from 'react';
import { sectionOf } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { Card } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Pill } from '#components/ui/pill';

type SectionProps = {
  number: number;
  name: 'archive' | 'live' | 'calculation';
  title: string;
  lead: ReactNode;
  children: ReactNode;
};

/** One of the three parts of the set-up, with what it still needs. */
export function Section({ number, name, title, lead, children }: SectionProps) {
  const titleId = useId();
  return (
    <Card labelledBy={titleId} id={name} className="scroll-mt-4">
      <header className="flex flex-wrap items-center gap-x-2.5 gap-y-1 border-line border-b px-3.5 py-2.5">
        <SectionMark number={number} name={name} />
        <h2 id={titleId} className="font-semibold text-base">
          {title}
        </h2>
        <SectionState name={name} />
        <p className="basis-full text-pretty text-text-2 md:pl-[30px]">{lead}</p>
      </header>
      <div className="grid gap-4 px-3.5 py-3.5 md:pl-[44px]">{children}</div>
    </Card>
  );
}

/** How many things a section still needs; null while the server has not said. */
export function useNeeded(name: SectionProps['name']): number | null {
  const { view, missing } = useDraft();
  return view === null ? null : missing.filter((one) => sectionOf(one.path) === name).length;
}

function SectionMark({ number, name }: { number: number; name: SectionProps['name'] }) {
  const done = useNeeded(name) === 0;
  return (
    <span
      aria-hidden="true"
      className={`grid size-5 flex-none place-items-center rounded-full font-semibold text-2xs ${
        done ? 'bg-ok-soft text-ok' : 'bg-accent text-on-accent'
      }`}
    >
      {done ? <Icon name="check" size={12} /> : number}
    </span>
  );
}

function SectionState({ name }: { name: SectionProps['name'] }) {
  const needed = useNeeded(name);
  if (needed === null) return null;
  return (
    <span className="ml-auto">
      {needed === 0 ? (
        <Pill tone="ok">Ready</Pill>
      ) : (
        <Pill>{countOf(needed, 'thing needed', 'things needed')}</Pill>
      )}
    </span>
  );
}
