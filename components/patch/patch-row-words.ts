import type { Op } from '#lib/patch/patch';

/** What is done to a row, in a word and a tone. */
export const OPS: Readonly<Record<Op, { word: string; tone: 'neutral' | 'acc' | 'danger' }>> = {
  update: { word: 'Update', tone: 'neutral' },
  insert: { word: 'Insert', tone: 'acc' },
  delete: { word: 'Delete', tone: 'danger' },
};
