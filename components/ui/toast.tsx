'use client';

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { IconButton } from '#components/ui/button';
import { classes } from '#components/ui/classes.ts';
import { Icon } from '#components/ui/icon';

export type ToastTone = 'ok' | 'danger' | 'neutral';

export type ToastText = {
  title: string;
  description?: string | undefined;
  tone?: ToastTone | undefined;
  /** One thing to do about it, such as Undo. */
  action?: { label: string; onPress: () => void } | undefined;
};

type Shown = ToastText & { id: number };

const STAY_MS = 6_000;
const MOST = 3;

const Notify = createContext<((text: ToastText) => void) | null>(null);

/** `notify({ title: 'Link copied', tone: 'ok' })`. What failed stays until it is closed. */
export function useToast(): { notify: (text: ToastText) => void } {
  const notify = useContext(Notify);
  if (notify === null) throw new Error('useToast() needs the ToastProvider of the root layout');
  return useMemo(() => ({ notify }), [notify]);
}

let lastId = 0;

/** Stands once around the app. What matters for longer than a moment belongs on the page, not here. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const { notify, close } = useMemo(
    () => ({
      notify: (text: ToastText) => {
        lastId += 1;
        const toast = { ...text, id: lastId };
        setShown((before) => [...before, toast].slice(-MOST));
      },
      close: (id: number) => setShown((before) => before.filter((toast) => toast.id !== id)),
    }),
    [],
  );
  return (
    <Notify value={notify}>
      {children}
      <section
        aria-label="Notifications"
        aria-live="polite"
        aria-relevant="additions"
        className="fixed right-3 bottom-20 left-3 z-60 grid gap-2 empty:hidden md:right-5 md:left-auto md:w-88 print:hidden"
      >
        {shown.map((toast) => (
          <Toast key={toast.id} toast={toast} onClose={close} />
        ))}
      </section>
    </Notify>
  );
}

const ICON = {
  ok: { name: 'check', look: 'text-ok' },
  danger: { name: 'stop', look: 'text-danger' },
  neutral: { name: 'info', look: 'text-text-3' },
} as const;

/** It waits while one reads it: under the pointer, or with the focus in it. */
function Toast({ toast, onClose }: { toast: Shown; onClose: (id: number) => void }) {
  const { id, title, description, action, tone = 'neutral' } = toast;
  const [held, setHeld] = useState(false);
  const stays = held || tone === 'danger';
  useEffect(() => {
    if (stays) return;
    const timer = setTimeout(() => onClose(id), STAY_MS);
    return () => clearTimeout(timer);
  }, [stays, id, onClose]);
  const { name, look } = ICON[tone];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: holding it needs no key; its buttons take the focus
    <div
      data-toast={tone}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      onKeyDown={(event) => event.key === 'Escape' && onClose(id)}
      className="flex items-start gap-2.5 rounded-card border border-line-2 bg-surface py-2.5 pr-2 pl-3.5 shadow-pop"
    >
      <Icon name={name} className={classes('mt-px', look)} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p className="font-medium">{title}</p>
        {description ? <p className="text-text-2">{description}</p> : null}
      </div>
      {action ? (
        <button
          type="button"
          onClick={() => {
            onClose(id);
            action.onPress();
          }}
          className="flex-none font-medium text-accent underline-offset-2 hover:underline"
        >
          {action.label}
        </button>
      ) : null}
      <IconButton icon="cross" label="Dismiss" size="sm" onClick={() => onClose(id)} />
    </div>
  );
}
