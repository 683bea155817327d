'use client';

import type { ReactNode } from 'react';
import { fieldId } from '#components/new-incident/draft.ts';
import { TextField } from '#components/ui/field';

type ExpressionFieldProps = {
  /** The field of the plan that it fills. */
  path: string;
  label: ReactNode;
  hideLabel?: boolean | undefined;
  hint?: ReactNode;
  error: ReactNode;
  placeholder?: string | undefined;
  value: string;
  /** Expressions to take with a press. */
  suggestions?: readonly string[] | undefined;
  onBlur: () => void;
  onValueChange: (value: string) => void;
};

/** An expression over the event's columns, with what is likely meant one press away. */
export function ExpressionField({
  path,
  suggestions = [],
  value,
  onValueChange,
  ...field
}: ExpressionFieldProps) {
  const others = suggestions.filter((one) => one !== value);
  return (
    <div className="grid min-w-0 content-start gap-1.5">
      <TextField
        {...field}
        id={fieldId(path)}
        mono
        spellCheck={false}
        autoCapitalize="off"
        value={value}
        onValueChange={onValueChange}
      />
      {others.length === 0 ? null : (
        <div className="flex flex-wrap gap-1.5">
          {others.map((one) => (
            <button
              key={one}
              type="button"
              aria-label={`Use ${one}`}
              onClick={() => onValueChange(one)}
              className="ease-colour edge-forced min-h-8 rounded-full border border-line-2 bg-surface px-2.5 font-mono text-text-2 text-xs hover:bg-hover md:min-h-6 md:px-2"
            >
              {one}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
