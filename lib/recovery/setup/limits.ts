/**
 * What one person, with all their browsers and tokens, may have under way at once, so that a program that ran wild leaves
 * room for everybody else.
 */
export const LIMITS = {
  /** Previews, test runs and rehearsals that wait or run. */
  work: 12,
  /** Open streams of events. */
  streams: 40,
  /** Pieces of uploads that are being received. */
  uploads: 8,
  /** Looks at a live store or an archive, and comparisons that are waited for. */
  looks: 8,
} as const;

/** After so long what is under way may be less: the Retry-After of a refusal. */
export const RETRY_SECONDS = 15;
