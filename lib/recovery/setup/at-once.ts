import { Failure } from '#lib/base/failure';
import { LIMITS } from '#lib/recovery/setup/limits';

// Next may load this module several times in one process: what is under way is counted beside it.
declare global {
  var recountAtOnce: Map<string, number> | undefined;
}

const WORDS = {
  streams: 'streams of events are open',
  uploads: 'pieces of uploads are on their way',
  looks: 'looks at live stores and archives are under way',
} as const;

/**
 * Counts one more of a kind that a person has under way in this process; the answer, called once or more often, counts it
 * off again. Failure work.too_much.
 */
export function oneMore(kind: keyof typeof WORDS, personId: string): () => void {
  globalThis.recountAtOnce ??= new Map();
  const counts = globalThis.recountAtOnce;
  const name = `${kind} ${personId}`;
  const before = counts.get(name) ?? 0;
  if (before >= LIMITS[kind])
    throw new Failure('work.too_much', `${before} ${WORDS[kind]} under your name already.`, {
      fix: 'Close what is not needed, or try again when some of it has ended.',
    });
  counts.set(name, before + 1);
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    const now = (counts.get(name) ?? 1) - 1;
    if (now > 0) counts.set(name, now);
    else counts.delete(name);
  };
}

/** Does what looks at a live store or an archive while a request waits for it. Failure work.too_much. */
export async function oneLook<T>(personId: string, look: () => Promise<T>): Promise<T> {
  const done = oneMore('looks', personId);
  try {
    return await look();
  } finally {
    done();
  }
}
