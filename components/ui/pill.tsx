import type { ReactNode } from 'react';
import { classes } from '#components/ui/classes.ts';
import { Icon, type IconName } from '#components/ui/icon';

export type PillTone = 'neutral' | 'acc' | 'ok' | 'warn' | 'danger' | 'violet' | 'plus' | 'minus';

const SOFT: Record<PillTone, string> = {
  neutral: 'bg-sunken text-text-2',
  acc: 'bg-accent-soft text-accent',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  danger: 'bg-danger-soft text-danger',
  violet: 'bg-violet-soft text-violet',
  plus: 'bg-plus-soft text-plus',
  minus: 'bg-minus-soft text-minus',
};

type PillProps = {
  tone?: PillTone | undefined;
  /** A dot before the word, for a state; or an icon. */
  dot?: boolean | undefined;
  icon?: IconName | undefined;
  size?: 'md' | 'lg' | undefined;
  children: ReactNode;
};

/** A state or kind in a word. The colour repeats the word, it never replaces it. */
export function Pill({ tone = 'neutral', dot = false, icon, size = 'md', children }: PillProps) {
  return (
    <span
      className={classes(
        'edge-forced inline-flex flex-none items-center whitespace-nowrap rounded-full font-medium text-xs',
        size === 'lg' ? 'h-6 gap-1.5 px-2.5' : 'h-5 gap-[5px] px-[7px]',
        SOFT[tone],
      )}
    >
      {dot ? <span aria-hidden="true" className="size-1.5 flex-none rounded-full bg-current" /> : null}
      {icon ? <Icon name={icon} size={12} /> : null}
      {children}
    </span>
  );
}

/** A small square label: evidence in a table row (`1 dup`, `2 late`). */
export function Tag({ tone = 'neutral', children }: { tone?: PillTone | undefined; children: ReactNode }) {
  return (
    <span
      className={classes(
        'edge-forced inline-flex h-[18px] items-center whitespace-nowrap rounded-tag px-[5px] text-2xs',
        SOFT[tone],
      )}
    >
      {children}
    </span>
  );
}
