import type { DiscrepancyRow } from '#lib/compare/discrepancy';

/** Characters of a comment. */
export const COMMENT_MOST = 4000;
/** So long its author may change what a comment says. */
export const EDIT_MINUTES = 15;
/** People that one comment asks for. */
export const MENTIONS_MOST = 20;

export type CommentView = {
  readonly id: string;
  /** Plain text; empty where it was deleted. */
  readonly body: string;
  readonly author: string;
  readonly at: string;
  readonly editedAt: string | null;
  /** Until when the reader may change it; null where it is somebody else's, or deleted. */
  readonly editableUntil: string | null;
  /** The reader wrote it. */
  readonly isOwn: boolean;
  /** Who erased what it said; null: nobody. */
  readonly deleted: { readonly by: string; readonly at: string } | null;
  /** Who was asked for by name. */
  readonly mentions: readonly { readonly id: string; readonly name: string }[];
};

/** What was said first, about a preview or a row of it, and the answers in their order. */
export type ThreadView = {
  readonly first: CommentView;
  readonly answers: readonly CommentView[];
  /** The preview that it was begun on. */
  readonly run: { readonly id: string; readonly number: number };
  /** The row, with its place in that preview; null: the preview as a whole. */
  readonly row: (Pick<DiscrepancyRow, 'keys' | 'bucket'> & { readonly place: number }) | null;
  readonly resolved: { readonly by: string; readonly at: string } | null;
};

/** Whether somebody waits for something there: it is not settled, and not everything in it was deleted. */
export const isOpenThread = ({ first, answers, resolved }: ThreadView): boolean =>
  resolved === null && [first, ...answers].some(({ deleted }) => deleted === null);

/** GET /api/v1/comments?run=…: of that preview, and of the rows of all previews of its incident. */
export type Threads = {
  /** In the order in which they were begun. */
  readonly threads: readonly ThreadView[];
  /** Older ones are not among them. */
  readonly isCut: boolean;
};

/** What names a row in every preview of its incident: its key and bucket as text. */
export const cellKey = ({ keys, bucket }: Pick<DiscrepancyRow, 'keys' | 'bucket'>): string =>
  JSON.stringify([keys, bucket]);
