'use client';

import Link from 'next/link';
import { type ComponentProps, type MouseEvent, type ReactNode, useId } from 'react';
import { type ButtonSize, type ButtonVariant, buttonLook } from '#components/ui/button-look.ts';
import { Icon, type IconName } from '#components/ui/icon';

type Look = {
  variant?: ButtonVariant | undefined;
  size?: ButtonSize | undefined;
  icon?: IconName | undefined;
  className?: string | undefined;
};

type ButtonProps = Look &
  Omit<ComponentProps<'button'>, 'className' | 'disabled'> & {
    children: ReactNode;
    /** Work is under way: the button keeps its focus and its place, says `busyLabel`, and takes no second press. */
    busy?: boolean | undefined;
    busyLabel?: string | undefined;
    /** Why it can't be pressed now: shown on hover and focus, and read out. Null or nothing lets it be pressed. */
    disabledReason?: string | null | undefined;
  };

/** A button. `type` is `button` unless given. What starts work states its number: "Apply 1,284 rows". */
export function Button({
  variant = 'default',
  size = 'md',
  icon,
  className,
  children,
  busy = false,
  busyLabel,
  disabledReason,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const off = busy || Boolean(disabledReason);
  const press = (event: MouseEvent<HTMLButtonElement>) => {
    if (off) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <>
      <button
        {...rest}
        type={type}
        onClick={press}
        aria-disabled={off || undefined}
        aria-busy={busy || undefined}
        aria-describedby={disabledReason ? reasonId : rest['aria-describedby']}
        data-tip={disabledReason || undefined}
        className={buttonLook(variant, size, false, className)}
      >
        {busy ? <Icon name="spinner" /> : icon ? <Icon name={icon} /> : null}
        {busy && busyLabel ? busyLabel : children}
      </button>
      {disabledReason ? (
        <span id={reasonId} hidden>
          {disabledReason}
        </span>
      ) : null}
    </>
  );
}

type IconButtonProps = Omit<Look, 'icon'> &
  Omit<ComponentProps<'button'>, 'className' | 'children' | 'aria-label'> & {
    icon: IconName;
    /** Its name, read out and shown on hover. */
    label: string;
  };

/** A button that is only an icon; its name shows on hover and focus. */
export function IconButton({
  icon,
  label,
  variant = 'ghost',
  size = 'md',
  className,
  disabled = false,
  onClick,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      onClick={(event) => (disabled ? event.preventDefault() : onClick?.(event))}
      aria-label={label}
      data-tip={label}
      aria-disabled={disabled || undefined}
      className={buttonLook(variant, size, true, className)}
    >
      <Icon name={icon} />
    </button>
  );
}

type ButtonLinkProps = Look & Omit<ComponentProps<typeof Link>, 'className'>;

/** A link that looks like a button, for what goes to a page. */
export function ButtonLink({
  variant = 'default',
  size = 'md',
  icon,
  className,
  children,
  ...rest
}: ButtonLinkProps) {
  return (
    <Link {...rest} className={buttonLook(variant, size, false, className)}>
      {icon ? <Icon name={icon} /> : null}
      {children}
    </Link>
  );
}

/** A download among buttons: an `<a>` that the router leaves alone. */
export function DownloadLink({
  variant = 'default',
  size = 'md',
  icon = 'download',
  className,
  children,
  ...rest
}: Look & Omit<ComponentProps<'a'>, 'className'>) {
  return (
    <a download {...rest} className={buttonLook(variant, size, false, className)}>
      <Icon name={icon} />
      {children}
    </a>
  );
}
