import { z } from 'zod';

/** What people call a thing of theirs: one line, no characters that reorder or hide others. */
export const Label = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters')
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'must be one line of visible characters');

/** What stands in ledgers and reports for nobody, for Recount, or around the names of who approved. */
const WORDS = /^(?:none|nobody|recount)$|^self-approved by\b|\blet through by\b/i;

/** A name that people see in lists, reports and ledgers, where several stand in one line with commas between. */
export const PersonName = Label.regex(/^[^,;]*$/, 'must have no comma and no semicolon').refine(
  (name) => !WORDS.test(name),
  'is a word that ledgers and reports use for something else',
);
