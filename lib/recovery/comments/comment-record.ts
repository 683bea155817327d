import { z } from 'zod';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { Prisma } from '#lib/adapters/store/generated/client';
import { Failure } from '#lib/base/failure';
import {
  COMMENT_MOST,
  type CommentView,
  EDIT_MINUTES,
  MENTIONS_MOST,
  type Threads,
  type ThreadView,
} from '#lib/compare/comment';
import { readCellKey } from '#lib/compare/read-cell-key';
import { isoOf, isoOrNull } from '#lib/recovery/setup/iso';

/** What a comment says, and whom it asks for. */
export const CommentText = z.object({
  body: z
    .string()
    .trim()
    .min(1, 'write something')
    .max(COMMENT_MOST, `has more than ${COMMENT_MOST} characters`)
    .regex(/^[^\0]*$/, 'has a character that no record can hold'),
  /** Ids of people. */
  mentions: z.array(z.string().max(100)).max(MENTIONS_MOST, `at most ${MENTIONS_MOST} people`).default([]),
});

/** Threads that one answer holds. */
const MOST_THREADS = 500;
const WITH = {
  mentions: { orderBy: { personId: 'asc' } },
  run: { select: { id: true, number: true } },
} satisfies Prisma.CommentInclude;
type Found = Prisma.CommentGetPayload<{ include: typeof WITH }>;
type People = ReadonlyMap<string, string>;

/** The threads that fit, in the order in which they were begun, as `reader` sees them. */
export async function readThreads(
  store: StoreTransaction,
  where: Prisma.CommentWhereInput,
  reader: string,
): Promise<Threads> {
  const found = await store.comment.findMany({
    where: { ...where, parentId: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: MOST_THREADS + 1,
    include: { ...WITH, answers: { include: WITH, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] } },
  });
  const people = new Map(
    (await store.person.findMany({ select: { id: true, name: true } })).map(({ id, name }) => [id, name]),
  );
  const threads = found
    .slice(0, MOST_THREADS)
    .reverse()
    .map((first) => threadView(first, first.answers, people, reader));
  return { threads, isCut: found.length > MOST_THREADS };
}

function threadView(first: Found, answers: readonly Found[], people: People, reader: string): ThreadView {
  const { run, cellKey, row, resolvedBy, resolvedAt } = first;
  return {
    first: commentView(first, people, reader),
    answers: answers.map((answer) => commentView(answer, people, reader)),
    run,
    row: cellKey === null || row === null ? null : { ...readCellKey(cellKey), place: row },
    resolved:
      resolvedBy === null || resolvedAt === null
        ? null
        : { by: people.get(resolvedBy) ?? resolvedBy, at: isoOf(resolvedAt) },
  };
}

function commentView(comment: Found, people: People, reader: string): CommentView {
  const { id, body, author, createdAt, editedAt, mentions, deletedBy, deletedAt } = comment;
  const deleted =
    deletedBy === null || deletedAt === null
      ? null
      : { by: people.get(deletedBy) ?? deletedBy, at: isoOf(deletedAt) };
  return {
    id,
    body: body ?? '',
    author: people.get(author) ?? author,
    at: isoOf(createdAt),
    editedAt: isoOrNull(editedAt),
    isOwn: author === reader,
    deleted,
    editableUntil: author === reader && deleted === null ? isoOf(editableUntil(createdAt)) : null,
    mentions: mentions.map(({ personId }) => ({ id: personId, name: people.get(personId) ?? personId })),
  };
}

export const editableUntil = (createdAt: Date): Date => new Date(createdAt.getTime() + EDIT_MINUTES * 60_000);

/** One thread by its first comment. */
export async function readThread(store: StoreTransaction, id: string, reader: string): Promise<ThreadView> {
  const [thread] = (await readThreads(store, { id }, reader)).threads;
  if (thread === undefined) throw new Failure('not_found', 'There is no such thread.');
  return thread;
}

/** Everyone of them may sign in; each once. Failure request.invalid. */
export async function checkMentions(store: StoreTransaction, mentions: readonly string[]): Promise<string[]> {
  const wanted = [...new Set(mentions)];
  const known = await store.person.findMany({
    where: { id: { in: wanted }, disabledAt: null },
    select: { id: true },
  });
  if (known.length === wanted.length) return wanted;
  throw new Failure('request.invalid', 'mentions: somebody who is named has no access to Recount.', {
    fix: 'Reload the page and choose again.',
  });
}
