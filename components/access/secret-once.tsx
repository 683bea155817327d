'use client';

import { useId } from 'react';
import { CopyButton } from '#components/ui/copy-button';

/** A link or token that is shown only now: the server keeps a hash of it. */
export function SecretOnce({ label, text, hint }: { label: string; text: string; hint: string }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="flex gap-1.5">
        <input
          id={id}
          readOnly
          value={text}
          onFocus={(event) => event.target.select()}
          className="h-control w-full min-w-0 rounded-control border border-control bg-bg px-2 font-mono text-xs"
        />
        <CopyButton text={text} variant="primary" size="md" />
      </div>
      <p className="text-text-3 text-xs">{hint}</p>
    </div>
  );
}
