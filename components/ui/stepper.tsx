import Link from 'next/link';
import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';

export type Step = {
  id: string;
  label: string;
  /** The line under it: "3 files · 621,068 events". */
  detail: string;
  state: 'done' | 'todo' | 'failed';
  /** Null while there is nothing to go to. */
  href: string | null;
};

/** The stages of an incident with where it stands; on a phone only the one that is open, and how far that is. */
export function Stepper({ steps, current }: { steps: readonly Step[]; current: string }) {
  const index = Math.max(
    0,
    steps.findIndex((step) => step.id === current),
  );
  const open = steps[index];
  return (
    <nav aria-label="Stages">
      <ol className="edge-forced hidden overflow-hidden rounded-card border border-line bg-surface md:grid md:auto-cols-fr md:grid-flow-col">
        {steps.map((step, at) => (
          <li key={step.id} className="relative border-line border-r last:border-r-0">
            <StepFrame step={step} current={at === index}>
              <Mark step={step} number={at + 1} current={at === index} />
              <span className="min-w-0">
                <span
                  className={classes(
                    'block font-medium leading-tight',
                    step.state === 'todo' && at !== index && 'text-text-2',
                  )}
                >
                  {step.label}
                </span>
                <span className="block truncate text-[0.72rem] text-text-3 leading-snug">{step.detail}</span>
              </span>
            </StepFrame>
          </li>
        ))}
      </ol>
      {open === undefined ? null : (
        <div className="rounded-card border border-line bg-surface px-3.5 py-2.5 md:hidden">
          <p className="text-text-3 text-xs">
            Step {index + 1} of {steps.length}
          </p>
          <p className="flex items-baseline justify-between gap-3">
            <span className="font-medium text-md">{open.label}</span>
            <span className="truncate text-text-3 text-xs">{open.detail}</span>
          </p>
          <span aria-hidden="true" className="mt-2 grid h-1 grid-flow-col gap-0.5">
            {steps.map((step, at) => (
              <span
                key={step.id}
                className={classes('rounded-full', at <= index ? 'bg-accent' : 'bg-line-2')}
              />
            ))}
          </span>
          <div className="mt-1.5 -mb-1 flex justify-between text-accent">
            <Neighbour step={steps[index - 1]} back />
            <Neighbour step={steps[index + 1]} />
          </div>
        </div>
      )}
    </nav>
  );
}

const WORDS = { done: 'done', todo: 'not done yet', failed: 'failed' } as const;

function StepFrame({ step, current, children }: { step: Step; current: boolean; children: ReactNode }) {
  const look = classes(
    'grid h-full grid-cols-[18px_1fr] items-center gap-x-2 py-[7px] pr-2.5 pl-[11px] -outline-offset-2',
    current && 'bg-selected shadow-[inset_0_-2px_var(--accent)]',
  );
  const words = <span className="sr-only">, {WORDS[step.state]}</span>;
  if (step.href === null) {
    return (
      <span className={look} aria-current={current ? 'step' : undefined}>
        {children}
        {words}
      </span>
    );
  }
  return (
    <Link
      href={step.href}
      aria-current={current ? 'step' : undefined}
      className={classes(look, !current && 'ease-colour hover:bg-hover')}
    >
      {children}
      {words}
    </Link>
  );
}

function Mark({ step, number, current }: { step: Step; number: number; current: boolean }) {
  const look =
    step.state === 'failed'
      ? 'bg-danger-soft text-danger'
      : current
        ? 'bg-accent text-on-accent'
        : step.state === 'done'
          ? 'bg-ok-soft text-ok'
          : 'border-[1.5px] border-line-2 text-text-3';
  const glyph = step.state === 'failed' ? 'cross' : step.state === 'done' && !current ? 'check' : null;
  return (
    <span
      aria-hidden="true"
      className={classes(
        'grid size-[18px] place-items-center rounded-full font-semibold text-2xs leading-none',
        look,
      )}
    >
      {glyph ? <Icon name={glyph} size={11} /> : number}
    </span>
  );
}

function Neighbour({ step, back = false }: { step: Step | undefined; back?: boolean }) {
  if (step === undefined || step.href === null) return <span />;
  return (
    <Link href={step.href} className="inline-flex min-h-9 items-center gap-1 font-medium text-xs">
      {back ? <Icon name="chevron-left" size={12} /> : null}
      {step.label}
      {back ? null : <Icon name="chevron-right" size={12} />}
    </Link>
  );
}
