'use client';

import type { ComponentProps } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { Button, ButtonLink } from '#components/ui/button';

type MayLinkProps = Omit<ComponentProps<typeof ButtonLink>, 'href'> & {
  href: string;
  /** What the page behind it is for, and needs. */
  needs: string;
  /** Follows “To”: `open an incident`. */
  doing: string;
};

/** A link to a page on which something is changed. Whose role does not hold that, reads why here already. */
export function MayLink({ href, needs, doing, variant, size, icon, className, children }: MayLinkProps) {
  const refusal = useMayNot(needs, doing);
  const look = { variant, size, icon, className };
  return refusal === null ? (
    <ButtonLink href={href} {...look}>
      {children}
    </ButtonLink>
  ) : (
    <Button {...look} disabledReason={refusal}>
      {children}
    </Button>
  );
}
