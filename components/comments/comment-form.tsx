'use client';

import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { useMayNot, useMe } from '#components/access/use-me.ts';
import { beginning, mentionsIn, type Named, suggested } from '#components/comments/mentions.ts';
import { type NewComment, usePeople } from '#components/comments/use-comments.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button } from '#components/ui/button';
import { Textarea } from '#components/ui/field';
import { COMMENT_MOST } from '#lib/compare/comment';

type FormProps = {
  label: string;
  /** Of the button: `Comment`, `Answer`, `Save`. */
  verb: string;
  known?: string | undefined;
  autoFocus?: boolean | undefined;
  busy: boolean;
  error: Error | null;
  onSend: (comment: NewComment) => void;
  onCancel?: (() => void) | undefined;
};

/** Writes a comment; after `@` it offers the people. Ctrl+Enter sends. */
export function CommentForm(props: FormProps) {
  const { label, verb, known = '', busy, error, onSend, onCancel } = props;
  const [body, setBody] = useState(known);
  const [missing, setMissing] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const mention = useMention(body, setBody, area);
  const refusal = useMayNot('comment.write', 'comment');
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (busy || refusal !== null) return;
    if (body.trim() === '') setMissing(true);
    else onSend({ body: body.trim(), mentions: mention.mentioned });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
    else if (event.key === 'ArrowDown' && mention.offered.length > 0) {
      event.preventDefault();
      form.current?.querySelector<HTMLButtonElement>('[data-mention]')?.focus();
    }
  };
  return (
    <form ref={form} onSubmit={send} className="grid gap-2">
      <Textarea
        ref={area}
        label={label}
        hideLabel
        placeholder={`${label}. @ asks for somebody.`}
        rows={2}
        maxLength={COMMENT_MOST}
        value={body}
        autoFocus={props.autoFocus}
        error={missing ? 'Write something first.' : error === null ? undefined : errorLine(error)}
        onKeyDown={onKeyDown}
        onSelect={mention.look}
        onValueChange={(text) => {
          setBody(text);
          setMissing(false);
          mention.look();
        }}
      />
      {mention.offered.length === 0 ? null : (
        <ul aria-label="People to mention" className="flex flex-wrap gap-1">
          {mention.offered.map((person) => (
            <li key={person.id}>
              <Button size="sm" data-mention onClick={() => mention.pick(person)}>
                {person.name}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex justify-end gap-1.5">
        {onCancel ? (
          <Button size="sm" onClick={onCancel}>
            Cancel
          </Button>
        ) : null}
        <Button
          size="sm"
          type="submit"
          variant="primary"
          busy={busy}
          busyLabel="Sending"
          disabledReason={refusal}
        >
          {verb}
        </Button>
      </div>
    </form>
  );
}

type Area = { readonly current: HTMLTextAreaElement | null };

function useMention(body: string, setBody: (body: string) => void, area: Area) {
  const people = usePeople();
  const { id: me } = useMe();
  const [caret, setCaret] = useState<number | null>(null);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const begun = caret === null ? null : beginning(body, caret);
  const others = people.filter(({ id }) => id !== me);
  return {
    mentioned: mentionsIn(body, people, picked),
    offered: begun === null ? [] : suggested(begun.query, others),
    look: () => setCaret(area.current?.selectionStart ?? null),
    pick: ({ id, name }: Named) => {
      if (begun === null || caret === null) return;
      const before = `${body.slice(0, begun.at)}@${name} `;
      setBody(before + body.slice(caret).trimStart());
      setPicked(new Set([...picked, id]));
      setCaret(null);
      area.current?.focus();
      requestAnimationFrame(() => area.current?.setSelectionRange(before.length, before.length));
    },
  };
}
