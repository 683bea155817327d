import { z } from 'zod';
import type { DraftPlan } from '#lib/incident/incident';

const text = z.string().max(20_000).exactOptional();
const texts = z.record(z.string().max(1_000), z.string().max(20_000));
const textOrNumber = z.union([z.string().max(200), z.number()]);

/**
 * The form of a draft: every field may be missing, and one that is there has the type that the pages rely on. Unknown
 * fields are kept: what is wrong with them, `parseDraft` says in its own words and by its own paths.
 */
export const DraftSchema = z.looseObject({
  title: text,
  archive: z
    .looseObject({
      at: text,
      format: text,
      layout: text,
      slack: text,
      timezone: text,
      rejects: textOrNumber.exactOptional(),
      conflicts: text,
      fields: z
        .looseObject({ id: text, time: text, ingested: text, sequence: text, deleted: text })
        .exactOptional(),
      types: texts.exactOptional(),
    })
    .exactOptional(),
  window: z.looseObject({ from: text, to: text, clock: text }).exactOptional(),
  calculation: z
    .looseObject({
      name: text,
      versions: z
        .array(z.looseObject({ version: z.number(), since: text, where: text, keys: texts, measures: texts }))
        .max(1_000)
        .exactOptional(),
      replay_with: textOrNumber.exactOptional(),
    })
    .exactOptional(),
  live: z
    .looseObject({
      store: text,
      table: text,
      state: text,
      keys: z.array(z.string().max(1_000)).max(1_000).exactOptional(),
      bucket: z.looseObject({ column: text, size: text, timezone: text }).exactOptional(),
      baseline: z.union([z.literal('none'), z.looseObject({ at: text, table: text })]).exactOptional(),
      cut: text,
    })
    .exactOptional(),
  compare: z.looseObject({ tolerance: z.record(z.string(), textOrNumber).exactOptional() }).exactOptional(),
  patch: z
    .looseObject({ only_in_live: text, archive_is_complete: z.boolean().exactOptional(), guard: text })
    .exactOptional(),
  control: z.looseObject({ from: text, to: text }).exactOptional(),
}) satisfies z.ZodType<DraftPlan>;
