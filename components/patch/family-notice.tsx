import Link from 'next/link';
import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { rowsWords } from '#components/patch/words.ts';
import { ButtonLink } from '#components/ui/button';
import { countOf } from '#components/ui/format.ts';
import { secondText } from '#components/ui/time.ts';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchState, PatchView } from '#lib/patch/patch';

/** On an undo: which patch it puts back, and why. */
export function UndoesNotice({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  const { undoes } = patch;
  if (undoes === null) return null;
  return (
    <BoxedNotice
      tone="acc"
      icon="undo"
      actions={
        <ButtonLink size="sm" href={`/incidents/${reference}/apply?patch=${undoes.id}`}>
          See patch {undoes.number}
        </ButtonLink>
      }
    >
      <h2 className="font-semibold">Undo of patch {undoes.number}</h2>
      <p className="text-pretty">
        Puts back {rowsWords(patch)} as{' '}
        {patch.counts.updates + patch.counts.inserts + patch.counts.deletes === 1 ? 'it was' : 'they were'}{' '}
        before it
        {undoes.leftOut === 0
          ? '.'
          : `; ${countOf(undoes.leftOut, 'row that moved since stays', 'rows that moved since stay')} as now.`}
      </p>
    </BoxedNotice>
  );
}

const UNDO_STANDS: Partial<Record<PatchState, string>> = {
  proposed: 'waits for approval',
  approved: 'is approved and waits to be applied',
  expired: 'waits for a new approval',
  applying: 'is being written',
  committing: 'is being committed',
  unknown: 'has an outcome that is not settled yet',
};
const UNDO_ENDED: Partial<Record<PatchState, string>> = {
  stale: 'came to nothing: rows had moved meanwhile. Nothing was put back.',
  failed: 'failed. Nothing was put back.',
  lost: 'was put back, and the live store was restored to a point before that.',
};

/** Whether an undo of this patch is under way: then there can be no second one. */
export const hasOpenUndo = ({ undo }: Pick<PatchView, 'undo'>): boolean =>
  undo !== null && undo.state in UNDO_STANDS;

/** On a patch: what became of its undo, with the way to it. */
export function UndoneNotice({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  const { undo, undoneAt, state } = patch;
  if (state === 'undone') {
    const on = undoneAt === null ? '' : ` on ${secondText(undoneAt)}`;
    return (
      <BoxedNotice tone="neutral" icon="undo">
        {undo === null || UNDO_STANDS[undo.state] !== undefined || UNDO_ENDED[undo.state] !== undefined ? (
          `Undone${on}.`
        ) : (
          <>
            Undone by{' '}
            <Link
              href={`/incidents/${reference}/apply?patch=${undo.id}`}
              className="font-medium underline underline-offset-2"
            >
              patch {undo.number}
            </Link>
            {on}.
          </>
        )}{' '}
        It is not applied again; a new preview starts from what is live now.
      </BoxedNotice>
    );
  }
  if (undo === null) return null;
  const stands = UNDO_STANDS[undo.state];
  const words = stands ?? UNDO_ENDED[undo.state];
  if (words === undefined) return null;
  const stage = undo.state === 'proposed' || undo.state === 'expired' ? 'review' : 'apply';
  return (
    <BoxedNotice
      tone={stands === undefined ? 'neutral' : 'acc'}
      icon="undo"
      actions={
        <ButtonLink size="sm" href={`/incidents/${reference}/${stage}?patch=${undo.id}`}>
          Go to patch {undo.number}
        </ButtonLink>
      }
    >
      Patch {undo.number}, the undo of this one, {words}
      {words.endsWith('.') ? '' : '.'}
    </BoxedNotice>
  );
}
