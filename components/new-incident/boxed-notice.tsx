import type { ComponentProps } from 'react';
import { Notice } from '#components/ui/states';

/** A notice that stands by itself, between fields or cards. */
export function BoxedNotice(props: ComponentProps<typeof Notice>) {
  return (
    <div className="overflow-hidden rounded-control">
      <Notice {...props} />
    </div>
  );
}
