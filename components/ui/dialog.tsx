'use client';

import type { DialogProps, SheetProps } from '#components/ui/dialog-frames';
import { useWhen } from '#components/ui/use-late.ts';

const load = () => import('#components/ui/dialog-frames');

/** A question in front of the page. On a phone it is a sheet at the bottom, in the reach of the thumb. */
export function Dialog(props: DialogProps) {
  const frames = useWhen(props.open, load);
  return frames === null ? null : <frames.Dialog {...props} />;
}

/** A panel over the edge of the page: the menu on a phone, a row's detail where there is no room beside it. */
export function Sheet(props: SheetProps) {
  const frames = useWhen(props.open, load);
  return frames === null ? null : <frames.Sheet {...props} />;
}
