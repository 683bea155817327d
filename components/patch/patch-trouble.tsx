import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { RowNames, Trouble } from '#components/patch/trouble';
import { UnknownOutcome } from '#components/patch/unknown-outcome';
import { movedWords, nounOf, sentence } from '#components/patch/words.ts';
import { ButtonLink } from '#components/ui/button';
import { CopyButton } from '#components/ui/copy-button';
import { useIncident } from '#components/workspace/use-incident.ts';
import type { PatchView } from '#lib/patch/patch';
import { MOVED_SHOWN } from '#lib/patch/rehearsal';

/** An apply that did not end well: what happened, whether anything was written, and what to do. */
export function PatchTrouble({ patch }: { patch: PatchView }) {
  const { reference } = useIncident();
  const { undoes } = patch;
  const again =
    undoes === null ? (
      <ButtonLink variant="primary" href={`/incidents/${reference}/preview`}>
        Preview again
      </ButtonLink>
    ) : (
      <ButtonLink variant="primary" href={`/incidents/${reference}/apply?patch=${undoes.id}`}>
        Go to patch {undoes.number}
      </ButtonLink>
    );
  const since = undoes === null ? 'since the preview' : 'since the undo was made';
  if (patch.state === 'unknown') return <UnknownOutcome patch={patch} />;
  if (patch.state === 'stale') {
    const rows = patch.error?.rows ?? [];
    return (
      <Trouble title={`${movedWords(rows)} ${since}. Nothing was written.`} actions={again}>
        <p>
          {undoes === null
            ? 'Someone else wrote these rows meanwhile. A new preview starts from what they hold now.'
            : 'Someone else wrote these rows meanwhile. Ask for a new undo there: it can leave out the rows that moved.'}
        </p>
        {(rows.length > 0 && rows.length < MOVED_SHOWN) || patch.error === null ? null : (
          <p>{sentence(patch.error.message)}</p>
        )}
        <RowNames rows={rows} />
      </Trouble>
    );
  }
  if (patch.state === 'approved' && patch.error !== null) {
    return (
      <BoxedNotice tone="warn" role="status">
        {sentence(patch.error.message)} Nothing was written, and the approval stands. {patch.error.fix}
      </BoxedNotice>
    );
  }
  if (patch.state === 'failed') {
    const { message = 'The apply failed.', fix = '', code = '' } = patch.error ?? {};
    return (
      <Trouble
        title={message}
        actions={
          <>
            {again}
            <CopyButton text={`${code}: ${message} ${fix}`} label="Copy error" variant="default" size="md" />
          </>
        }
      >
        <p>
          Everything was rolled back: no row of this {nounOf(patch)} was written. {fix}
        </p>
        {code ? <code className="text-text-3 text-xs">{code}</code> : null}
        <RowNames rows={patch.error?.rows ?? []} />
      </Trouble>
    );
  }
  return null;
}
