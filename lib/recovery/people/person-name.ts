import { z } from 'zod';

/** A name that people see in lists, reports and ledgers: one line, no characters that reorder or hide others. */
export const PersonName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(80, 'must have at most 80 characters')
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u, 'must be one line of visible characters');
