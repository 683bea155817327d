import type { ApiError } from '#components/query/api.ts';

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
