'use client';

import { Toast } from '@base-ui/react/toast';
import { type ReactNode, useMemo } from 'react';
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

/** Stands once around the app. What matters for longer than a moment belongs on the page, not here. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={6000} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-3 bottom-20 left-3 z-60 grid gap-2 md:right-5 md:left-auto md:w-88">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

/** `notify({ title: 'Link copied', tone: 'ok' })`. Errors stay until they are closed. */
export function useToast(): { notify: (text: ToastText) => void } {
  const { add } = Toast.useToastManager();
  return useMemo(
    () => ({
      notify: ({ title, description, tone = 'neutral', action }) => {
        add({
          title,
          description,
          type: tone,
          ...(tone === 'danger' ? { timeout: 0 } : {}),
          ...(action ? { actionProps: { children: action.label, onClick: action.onPress } } : {}),
        });
      },
    }),
    [add],
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="rounded-card border border-line-2 bg-surface shadow-pop data-limited:hidden data-ending-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2.5 py-2.5 pr-2 pl-3.5">
        <Icon
          name={toast.type === 'danger' ? 'stop' : toast.type === 'ok' ? 'check' : 'info'}
          className={classes(
            'mt-px',
            toast.type === 'danger' ? 'text-danger' : toast.type === 'ok' ? 'text-ok' : 'text-text-3',
          )}
        />
        <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          <Toast.Title className="font-medium" />
          <Toast.Description className="text-text-2" />
        </div>
        <Toast.Action className="flex-none font-medium text-accent underline-offset-2 hover:underline" />
        <Toast.Close render={<IconButton icon="cross" label="Dismiss" size="sm" />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
