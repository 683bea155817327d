'use client';

import type { ComponentProps } from 'react';
import { TextField } from '#components/ui/field';
import { formatTime } from '#components/ui/time.ts';
import { parseInstant } from '#lib/base/instant';

type InstantFieldProps = Omit<ComponentProps<typeof TextField>, 'value' | 'onValueChange'> & {
  value: string;
  onValueChange: (value: string) => void;
};

/** An instant as plans write it; what was understood stands under it. Without an offset it is taken as UTC. */
export function InstantField({ value, onValueChange, hint, onBlur, ...field }: InstantFieldProps) {
  const understood = parseInstant(value) === null ? null : formatTime(value, { seconds: 'auto' });
  return (
    <TextField
      placeholder="2024-06-10T12:00:00Z"
      mono
      spellCheck={false}
      {...field}
      value={value}
      hint={
        <>
          {hint} {understood === null ? null : <span className="whitespace-nowrap">{understood}.</span>}
        </>
      }
      onValueChange={onValueChange}
      onBlur={(event) => {
        onBlur?.(event);
        const whole = withOffset(value);
        if (whole !== value) onValueChange(whole);
      }}
    />
  );
}

/** `2024-06-10 12:00` as `2024-06-10T12:00:00Z`: what is no time stays as it is, and its error says so. */
export function withOffset(text: string): string {
  const [, day, clock, seconds = ''] =
    /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?\s*$/.exec(text) ?? [];
  return day === undefined || clock === undefined ? text : `${day}T${clock}${seconds || ':00'}Z`;
}
