'use client';

import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon, type IconName } from '#components/ui/icon';

export type FieldText = {
  label: ReactNode;
  /** Under the control, always there: what to enter, an example. */
  hint?: ReactNode;
  /** What is wrong with it, and how to put it right. Read out when it appears. */
  error?: ReactNode;
  /** Keeps the label for screen readers only, where the place says it already. */
  hideLabel?: boolean | undefined;
  className?: string | undefined;
};

export type ControlWiring = {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
};

type FieldProps = FieldText & { id: string; children: (wiring: ControlWiring) => ReactNode };

/** Label, control, hint and error, wired by aria. The control gets the wiring and spreads it. */
export function Field({ id, label, hint, error, hideLabel = false, className, children }: FieldProps) {
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const describedBy = [hint ? hintId : null, error ? errorId : null]
    .filter((part) => part !== null)
    .join(' ');
  return (
    <div className={classes('grid min-w-0 content-start gap-1', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'font-medium'}>
        {label}
      </label>
      {children({
        id,
        'aria-describedby': describedBy || undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {hint ? (
        <p id={hintId} className="text-text-3 text-xs">
          {hint}
        </p>
      ) : null}
      <FieldError id={errorId}>{error}</FieldError>
    </div>
  );
}

/** The live region of a field's error: there from the start, so that its words are read out when they come. */
export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div id={id} aria-live="polite" className={children ? 'flex gap-1.5 text-danger text-xs' : 'hidden'}>
      {children ? (
        <>
          <Icon name="stop" size={14} className="mt-px" />
          <span className="min-w-0">{children}</span>
        </>
      ) : null}
    </div>
  );
}

/** The frame of a control: its border has 3:1 against the surface, its ring shows focus within. */
export const CONTROL_FRAME =
  'flex min-w-0 items-center gap-1.5 rounded-control border border-control bg-surface px-2 focus-within:outline-2 focus-within:outline-focus focus-within:outline-offset-1 has-aria-invalid:border-danger';

type TextFieldProps = FieldText &
  Omit<ComponentProps<'input'>, 'className' | 'onChange' | 'prefix' | 'size'> & {
    onValueChange?: ((value: string) => void) | undefined;
    /** Inside the frame, before and after the text. */
    icon?: IconName | undefined;
    prefix?: ReactNode;
    suffix?: ReactNode;
    /** For ids, times, expressions. */
    mono?: boolean | undefined;
  };

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  className,
  onValueChange,
  icon,
  prefix,
  suffix,
  mono = false,
  id,
  ...input
}: TextFieldProps) {
  const ownId = useId();
  return (
    <Field
      id={id ?? ownId}
      label={label}
      hint={hint}
      error={error}
      hideLabel={hideLabel}
      className={className}
    >
      {(wiring) => (
        <div className={classes(CONTROL_FRAME, 'h-control', input.disabled && 'bg-sunken text-text-3')}>
          {icon ? <Icon name={icon} className="text-text-3" /> : null}
          {prefix ? <span className="flex-none text-text-3 text-xs">{prefix}</span> : null}
          <input
            type="text"
            autoComplete="off"
            {...input}
            {...wiring}
            onChange={(event) => onValueChange?.(event.target.value)}
            className={classes(
              'h-full w-full min-w-0 bg-transparent text-[1rem] outline-none md:text-sm',
              mono && 'font-mono',
            )}
          />
          {suffix ? <span className="flex flex-none items-center text-text-3 text-xs">{suffix}</span> : null}
        </div>
      )}
    </Field>
  );
}

type TextareaProps = FieldText &
  Omit<ComponentProps<'textarea'>, 'className' | 'onChange'> & {
    onValueChange?: ((value: string) => void) | undefined;
    mono?: boolean | undefined;
  };

export function Textarea({
  label,
  hint,
  error,
  hideLabel,
  className,
  onValueChange,
  mono = false,
  id,
  rows = 3,
  ...textarea
}: TextareaProps) {
  const ownId = useId();
  return (
    <Field
      id={id ?? ownId}
      label={label}
      hint={hint}
      error={error}
      hideLabel={hideLabel}
      className={className}
    >
      {(wiring) => (
        <div className={CONTROL_FRAME}>
          <textarea
            rows={rows}
            {...textarea}
            {...wiring}
            onChange={(event) => onValueChange?.(event.target.value)}
            className={classes(
              'w-full min-w-0 resize-y bg-transparent py-1.5 text-[1rem] outline-none md:text-sm',
              mono && 'font-mono',
            )}
          />
        </div>
      )}
    </Field>
  );
}
