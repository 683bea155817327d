import Link from 'next/link';
import type { ReactNode } from 'react';
import { otherPatch } from '#components/patch/other-patch.ts';
import { sentence } from '#components/patch/words.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Notice } from '#components/ui/states';
import { Words } from '#components/ui/words';

/** What the server refused, with the other patch that stands in the way as a link. */
export function PatchError({ error, actions }: { error: unknown; actions?: ReactNode }) {
  const told = apiErrorOf(error);
  const other = otherPatch(told);
  return (
    <Notice tone="danger" role="alert" actions={actions}>
      <Words>{`${sentence(told.message)} ${told.fix}`}</Words>{' '}
      {other === null ? null : (
        <>
          <Link href={other.href} className="font-medium underline underline-offset-2">
            Open patch {other.number}
          </Link>{' '}
        </>
      )}
      <code className="text-xs">{told.code}</code>
    </Notice>
  );
}
