'use client';

import { Tabs as Base } from '@base-ui/react/tabs';
import Link from 'next/link';
import type { ReactNode } from 'react';

type LinkTab = { key: string; label: string; href: string; count?: string | undefined };

/** Tabs that are views of their own: links, so the URL is the view. */
export function LinkTabs({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly LinkTab[];
  current: string;
}) {
  return (
    <nav aria-label={label} className="scroll-quiet -m-1 min-w-0 overflow-x-auto p-1">
      <ul className="flex gap-0.5">
        {tabs.map((tab) => (
          <li key={tab.key}>
            <Link
              href={tab.href}
              scroll={false}
              aria-current={tab.key === current ? 'page' : undefined}
              className="ease-colour inline-flex h-control items-center gap-1.5 whitespace-nowrap rounded-control border border-transparent px-2.5 text-text-2 hover:bg-sunken aria-[current]:border-line-2 aria-[current]:bg-surface aria-[current]:font-medium aria-[current]:text-text"
            >
              {tab.label}
              {tab.count === undefined ? null : <span className="font-normal text-text-3">{tab.count}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

type TabsProps<Value extends string> = {
  label: string;
  tabs: readonly { value: Value; label: ReactNode; content: ReactNode }[];
  value: Value;
  onValueChange: (value: Value) => void;
};

/** Tabs within a panel, with arrows between them. */
export function Tabs<Value extends string>({ label, tabs, value, onValueChange }: TabsProps<Value>) {
  const known = (next: unknown): next is Value => tabs.some((tab) => tab.value === next);
  return (
    <Base.Root value={value} onValueChange={(next) => known(next) && onValueChange(next)}>
      <Base.List aria-label={label} className="flex gap-0.5 border-line border-b px-2">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="-mb-px h-control border-transparent border-b-2 px-2.5 text-text-2 -outline-offset-2 hover:text-text data-active:border-accent data-active:font-medium data-active:text-text"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="-outline-offset-2">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
