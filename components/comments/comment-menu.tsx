'use client';

import { useState } from 'react';
import { useMay } from '#components/access/use-me.ts';
import { useDeleteComment } from '#components/comments/use-comments.ts';
import { errorLine } from '#components/compare/use-run.ts';
import { Button, IconButton } from '#components/ui/button';
import { useNow } from '#components/ui/clock.ts';
import { Dialog } from '#components/ui/dialog';
import { Menu, MenuItem } from '#components/ui/menu';
import type { CommentView } from '#lib/compare/comment';

type MenuProps = { comment: CommentView; runId: string; onChange: () => void };

/** What can be done with a comment: its author changes it for a while and deletes it; an admin deletes anybody's. */
export function CommentMenu({ comment, runId, onChange }: MenuProps) {
  const { author, isOwn, editableUntil } = comment;
  const mayDelete = useMay('comment.delete_any') || isOwn;
  const [asking, setAsking] = useState(false);
  const now = useNow();
  const isEditable = editableUntil !== null && now !== null && Date.parse(editableUntil) > now;
  if (!mayDelete) return null;
  const whose = isOwn ? 'your comment' : `the comment of ${author}`;
  return (
    <span className="ml-auto">
      <Menu trigger={<IconButton icon="more" size="sm" label={`More for ${whose}`} />}>
        {isEditable ? <MenuItem onSelect={onChange}>Change</MenuItem> : null}
        <MenuItem danger onSelect={() => setAsking(true)}>
          Delete
        </MenuItem>
      </Menu>
      <Delete comment={comment} runId={runId} open={asking} whose={whose} onOpenChange={setAsking} />
    </span>
  );
}

type DeleteProps = {
  comment: CommentView;
  runId: string;
  whose: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

function Delete({ comment, runId, whose, open, onOpenChange }: DeleteProps) {
  const remove = useDeleteComment(runId, comment.id);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Delete ${whose}?`}
      description="What it says is erased, also for those who were told of it. That it stood here, and who deleted it, stays."
      actions={
        <>
          <Button onClick={() => onOpenChange(false)}>Keep it</Button>
          <Button
            variant="danger"
            busy={remove.isPending}
            busyLabel="Deleting"
            onClick={() => remove.mutate(undefined)}
          >
            Delete comment
          </Button>
        </>
      }
    >
      {remove.error === null ? null : (
        <p role="alert" className="text-danger">
          {errorLine(remove.error)}
        </p>
      )}
    </Dialog>
  );
}
