import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon, type IconName } from '#components/ui/icon';
import { Words } from '#components/ui/words';

type StateProps = {
  title: ReactNode;
  children?: ReactNode;
  /** What to do about it. */
  actions?: ReactNode;
  icon?: IconName | undefined;
};

/** Nothing is here, and what that means. */
export function EmptyState({ title, children, actions, icon = 'info' }: StateProps) {
  return (
    <div className="grid justify-items-center gap-1 px-6 py-14 text-center">
      <span className="mb-2 grid size-10 place-items-center rounded-full bg-sunken text-text-3">
        <Icon name={icon} size={18} />
      </span>
      <p className="font-semibold text-md">{title}</p>
      {children ? <div className="max-w-[46ch] text-pretty text-text-2">{children}</div> : null}
      {actions ? <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  );
}

type ErrorStateProps = {
  /** An ApiError, or anything with its words. */
  error: { code?: string; message: string; fix?: string };
  /** What was being done: "Can't show the incidents." */
  title?: ReactNode;
  actions?: ReactNode;
  /** Within a card instead of a whole page. */
  compact?: boolean | undefined;
};

/** It failed: what happened, what to do, and the code that the documentation explains. */
export function ErrorState({ error, title, actions, compact = false }: ErrorStateProps) {
  return (
    <div
      role="alert"
      className={classes('grid justify-items-center gap-1 px-6 text-center', compact ? 'py-6' : 'py-14')}
    >
      <span className="mb-2 grid size-10 place-items-center rounded-full bg-danger-soft text-danger">
        <Icon name="warning" size={18} />
      </span>
      <p className="max-w-[60ch] text-pretty font-semibold text-md">
        {title ?? <Words>{error.message}</Words>}
      </p>
      {title ? (
        <p className="max-w-[60ch] text-pretty text-text-2">
          <Words>{error.message}</Words>
        </p>
      ) : null}
      {error.fix ? (
        <p className="max-w-[60ch] text-pretty text-text-2">
          <Words>{error.fix}</Words>
        </p>
      ) : null}
      {error.code ? <code className="mt-1 text-text-3 text-xs">{error.code}</code> : null}
      {actions ? <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  );
}

const NOTICE = {
  neutral: { look: 'bg-sunken text-text-2', icon: 'info' },
  acc: { look: 'bg-accent-soft text-accent', icon: 'info' },
  ok: { look: 'bg-ok-soft text-ok', icon: 'check' },
  warn: { look: 'bg-warn-soft text-warn', icon: 'warning' },
  danger: { look: 'bg-danger-soft text-danger', icon: 'stop' },
} as const satisfies Record<string, { look: string; icon: IconName }>;

type NoticeProps = {
  tone: keyof typeof NOTICE;
  icon?: IconName | undefined;
  children: ReactNode;
  actions?: ReactNode;
  /** Read out when it appears: `status` politely, `alert` at once. */
  role?: 'status' | 'alert' | undefined;
};

/** A line in the flow of a page or a card: stale, unchanged since approval, blocked. */
export function Notice({ tone, icon, children, actions, role }: NoticeProps) {
  return (
    <div
      role={role}
      className={classes('flex flex-wrap items-start gap-x-2 gap-y-2 px-3.5 py-2.5', NOTICE[tone].look)}
    >
      <Icon name={icon ?? NOTICE[tone].icon} className="mt-px" />
      <div className="min-w-0 flex-1 basis-56 [overflow-wrap:anywhere]">{children}</div>
      {actions ? <div className="flex flex-wrap gap-1.5">{actions}</div> : null}
    </div>
  );
}
