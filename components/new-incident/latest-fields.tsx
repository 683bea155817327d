'use client';

import { editArchive, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { ExpressionField } from '#components/new-incident/expression-field';
import { quoted } from '#components/new-incident/suggest.ts';
import { Mono } from '#components/ui/mono';
import type { ArchiveGlance } from '#lib/archive/survey';
import type { LiveTable } from '#lib/patch/live-store';

const PATH = 'archive.fields.deleted';
const CHANGE_NAME = /^(op|operation|action|change|change_type)$/i;
const KIND_NAME = /^(kind|type|event_type|event)$/i;
const FLAG_NAME = /^(is_)?(deleted|removed|tombstone)$/i;

/** Which events remove a row, and what puts events of one instant in order. */
export function LatestFields({ table, glance }: { table: LiveTable; glance: ArchiveGlance | null }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const { time, sequence, id, deleted = '' } = draft.plan.archive?.fields ?? {};
  const order = [time, sequence, id].filter((one) => one !== undefined);
  return (
    <>
      <ExpressionField
        path={PATH}
        label="Events that remove the row"
        placeholder="op = 'delete'"
        hint={
          <>
            Optional. Where it is TRUE for the newest event, <Mono>{table.name}</Mono> should have no such
            row, and the patch deletes it.
          </>
        }
        error={errorAt(PATH)}
        suggestions={suggestTombstones(glance)}
        value={deleted}
        onBlur={() => touch(PATH)}
        onValueChange={(value) =>
          edit((old) =>
            editArchive(old, (own) => ({ ...own, fields: withField(own.fields ?? {}, 'deleted', value) })),
          )
        }
      />
      <p className="text-text-3 text-xs">
        Newest is decided by {order.length === 0 ? 'the time of the event' : <Mono>{order.join(', ')}</Mono>}.
        {sequence === undefined
          ? ' Where events of one key share an instant, choose a “Sequence” under Archive.'
          : ''}{' '}
        Every measure is a <Mono>last(…)</Mono>.
      </p>
    </>
  );
}

/** Conditions that the archive's own columns suggest, with a value that occurs in them. */
export function suggestTombstones(glance: ArchiveGlance | null): readonly string[] {
  return (glance?.columns ?? []).flatMap(({ name, type, sample }) => {
    if (/^bool/i.test(type) && FLAG_NAME.test(name)) return [quoted(name)];
    if (!CHANGE_NAME.test(name) && !KIND_NAME.test(name)) return [];
    const seen = sample.find((one) => one !== null && /^(d|del|delete|deleted|remove|removed)$/i.test(one));
    // Many archives have a kind of event; that one of them deletes must have been seen.
    if (seen === undefined && !CHANGE_NAME.test(name)) return [];
    return [`${quoted(name)} = '${seen ?? 'delete'}'`];
  });
}
