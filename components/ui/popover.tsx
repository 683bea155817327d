'use client';

import { cloneElement } from 'react';
import type { PopoverProps } from '#components/ui/popover-frame';
import { useLate } from '#components/ui/use-late.ts';

const load = () => import('#components/ui/popover-frame');

/** A few controls or an explanation beside what they belong to. */
export function Popover(props: PopoverProps) {
  const { part, standIn, pressed } = useLate(load);
  if (part === null) return cloneElement(props.trigger, { ...standIn, 'aria-haspopup': 'dialog' });
  return <part.PopoverFrame {...props} triggerRef={pressed} />;
}
