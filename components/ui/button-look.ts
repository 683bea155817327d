import { classes } from '#components/ui/classes.ts';

export type ButtonVariant = 'primary' | 'default' | 'ghost' | 'danger';
export type ButtonSize = 'md' | 'sm';

const VARIANTS: Record<ButtonVariant, string> = {
  primary:
    'border-accent bg-accent text-on-accent shadow-control hover:not-aria-disabled:border-accent-hover hover:not-aria-disabled:bg-accent-hover',
  default: 'border-line-2 bg-surface text-text shadow-control hover:not-aria-disabled:bg-hover',
  ghost:
    'border-transparent bg-transparent text-text-2 hover:not-aria-disabled:bg-sunken hover:not-aria-disabled:text-text data-popup-open:bg-sunken data-popup-open:text-text',
  danger:
    'border-danger bg-danger text-on-danger shadow-control hover:not-aria-disabled:border-danger-hover hover:not-aria-disabled:bg-danger-hover',
};

const SIZES: Record<ButtonSize, { word: string; icon: string }> = {
  md: { word: 'h-control px-3.5 md:px-[11px] rounded-control', icon: 'size-control rounded-control' },
  sm: {
    word: 'h-control-sm px-[11px] md:px-2 rounded-control-sm md:text-xs',
    icon: 'size-control-sm rounded-control-sm',
  },
};

/** The look of everything that is pressed, shared by buttons and by links that stand among them. */
export function buttonLook(
  variant: ButtonVariant,
  size: ButtonSize,
  iconOnly: boolean,
  className?: string,
): string {
  return classes(
    'ease-colour edge-forced inline-flex flex-none select-none items-center justify-center gap-1.5 whitespace-nowrap border font-medium',
    'aria-disabled:opacity-50',
    VARIANTS[variant],
    iconOnly ? SIZES[size].icon : SIZES[size].word,
    className,
  );
}
