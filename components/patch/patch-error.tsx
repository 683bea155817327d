import Link from 'next/link';
import type { ReactNode } from 'react';
import { sentence } from '#components/patch/words.ts';
import { type ApiError, apiErrorOf } from '#components/query/api.ts';
import { Notice } from '#components/ui/states';

/** What the server refused, with the other patch that stands in the way as a link. */
export function PatchError({ error, actions }: { error: unknown; actions?: ReactNode }) {
  const told = apiErrorOf(error);
  const other = otherPatch(told);
  return (
    <Notice tone="danger" role="alert" actions={actions}>
      {sentence(told.message)} {told.fix}{' '}
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

/** The patch that a refusal names, and where it is reviewed; null where it names none. */
export function otherPatch({ details }: Pick<ApiError, 'details'>): { number: number; href: string } | null {
  const { patch } = details;
  if (typeof patch !== 'object' || patch === null) return null;
  const { id, number, incident } = patch as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof number !== 'number' || typeof incident !== 'string') return null;
  return {
    number,
    href: `/incidents/${encodeURIComponent(incident)}/review?patch=${encodeURIComponent(id)}`,
  };
}
