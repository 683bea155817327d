'use client';

import type { MouseEvent, ReactNode } from 'react';
import { REPORT_SECTIONS } from '#components/report/report-article';
import { CopyButton } from '#components/ui/copy-button';
import { shortHash } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { formatWindow } from '#components/ui/time.ts';
import type { Report } from '#lib/report/report';

/** Beside the report: downloads, source, and the way around. */
export function ReportAside({ report, children }: { report: Report; children: ReactNode }) {
  return (
    <aside aria-label="About this report" className="min-w-0 text-sm lg:w-62">
      {children}
      <Source report={report} />
      <AsidePart title="On this page" screenOnly>
        <ul>
          {REPORT_SECTIONS.map((section) => (
            <li key={section.id}>
              <a
                href={`#${section.id}`}
                onClick={(event) => goTo(event, section.id)}
                className="block py-1 text-text-2 hover:text-accent"
              >
                {section.title}
              </a>
            </li>
          ))}
        </ul>
      </AsidePart>
    </aside>
  );
}

/** Goes to a section without touching the address: on a shared report its fragment is the token. */
function goTo(event: MouseEvent, id: string): void {
  event.preventDefault();
  document.getElementById(id)?.scrollIntoView();
}

type PartProps = { title: string; screenOnly?: boolean | undefined; children: ReactNode };

export function AsidePart({ title, screenOnly = false, children }: PartProps) {
  return (
    <section
      {...(screenOnly ? { 'data-screen-only': true } : {})}
      className="mb-4 break-inside-avoid border-line border-b pb-4 last:mb-0 last:border-b-0"
    >
      <h2 className="mb-1.5 font-medium text-text-3 text-xs">{title}</h2>
      {children}
    </section>
  );
}

function Source({ report }: { report: Report }) {
  const { source, summary, madeAt } = report;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Archive', <Mono key="a">{source.archive}</Mono>],
    ['Live store', <Mono key="t">{source.target}</Mono>],
    ['Calculation', source.calculation],
    ['Window', `${formatWindow(summary.window, { now: Date.parse(madeAt) })} UTC`],
    ['Seal', <Hash key="s" hash={source.seal} />],
    ['Manifest', <Hash key="m" hash={source.manifestSha256} />],
    ['Engine', `${summary.engine.name} ${summary.engine.version}`],
  ];
  return (
    <AsidePart title="Source">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        {facts.map(([term, value]) => (
          <div key={term} className="contents">
            <dt className="text-text-3">{term}</dt>
            <dd className="min-w-0 text-right [overflow-wrap:anywhere]">{value}</dd>
          </div>
        ))}
      </dl>
      {source.seal === '' ? null : (
        <div data-screen-only className="mt-1 flex justify-end">
          <CopyButton text={source.seal} label="Copy seal" />
        </div>
      )}
    </AsidePart>
  );
}

function Hash({ hash }: { hash: string }) {
  return (
    <span title={hash}>
      <Mono>{shortHash(hash)}</Mono>
    </span>
  );
}
