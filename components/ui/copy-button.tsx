'use client';

import { useEffect, useState } from 'react';
import { Button } from '#components/ui/button';
import type { ButtonSize, ButtonVariant } from '#components/ui/button-look.ts';

type CopyButtonProps = {
  /** What is copied; a function where it is known only at the press (the address). */
  text: string | (() => string);
  label?: string | undefined;
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
};

/** Copies, and says so in its own place. */
export function CopyButton({ text, label = 'Copy', variant = 'ghost', size = 'sm' }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(typeof text === 'function' ? text() : text).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  return (
    <>
      <Button variant={variant} size={size} icon={state === 'copied' ? 'check' : 'copy'} onClick={copy}>
        {state === 'copied' ? 'Copied' : state === 'failed' ? "Can't copy here" : label}
      </Button>
      <span role="status" className="sr-only">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Copying is not allowed here' : ''}
      </span>
    </>
  );
}
