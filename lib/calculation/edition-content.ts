import { z } from 'zod';
import { sha256 } from '#lib/base/canonical';
import type { Problem } from '#lib/base/failure';
import { canonicalCalculation } from '#lib/plan/canonical-plan';
import { parseDraft } from '#lib/plan/parse';
import type { Named, Plan, Version } from '#lib/plan/plan';
import { planToFile } from '#lib/plan/to-file';

const Expressions = z.record(z.string(), z.string());

/** What an edition calculates, as its record has it: a plan's `calculation`, and which events are tombstones. */
export const EditionContent = z.object({
  calculation: z.object({
    name: z.string(),
    versions: z.array(
      z.object({
        version: z.number(),
        since: z.string().exactOptional(),
        where: z.string().exactOptional(),
        keys: Expressions,
        measures: Expressions,
      }),
    ),
    replay_with: z.union([z.string(), z.number()]).exactOptional(),
  }),
  deleted: z.string().exactOptional(),
});
export type EditionContent = z.output<typeof EditionContent>;

/** What is read of a written calculation. `plan`: it with stand-ins for all other parts, to check its expressions by. */
export type ReadContent = {
  readonly content: EditionContent | null;
  readonly plan: Plan | null;
  readonly problems: readonly Problem[];
};

/** What somebody wrote, not yet looked at. */
export type WrittenContent = { readonly calculation?: unknown; readonly deleted?: unknown };

/**
 * Reads a calculation by itself, under the name that the library has it by. Gives every problem with its path in a plan;
 * a content only where there is none.
 */
export function readContent(name: string, { calculation, deleted }: WrittenContent): ReadContent {
  const own = typeof calculation === 'object' && calculation !== null ? calculation : {};
  const marks = deleted !== undefined && deleted !== null && deleted !== '';
  const { plan, problems } = parseDraft({
    archive: { at: 'none.csv', fields: { time: 'time', ...(marks ? { deleted } : {}) } },
    window: { from: '2000-01-01T00:00:00Z', to: '2000-01-02T00:00:00Z' },
    calculation: { ...own, name },
    live: { store: 'none.csv', state: marks ? 'latest' : 'window', keys: keysOf(own) },
  });
  return { content: plan === null ? null : contentOf(plan), plan, problems };
}

/** The names of the first version's keys: a calculation by itself knows no live table that they must be those of. */
function keysOf(calculation: object): string[] {
  const First = z.looseObject({
    versions: z.array(z.looseObject({ keys: z.record(z.string(), z.unknown()) })),
  });
  const read = First.safeParse(calculation);
  const names = Object.keys(read.data?.versions[0]?.keys ?? {});
  return names.length === 0 ? ['key'] : names;
}

/** What a plan calculates, in the one form that editions are kept in. */
export function contentOf(plan: Plan): EditionContent {
  const { deleted } = plan.archive.fields;
  const { calculation } = planToFile(plan);
  return EditionContent.parse({ calculation, ...(deleted === null ? {} : { deleted }) });
}

/**
 * SHA-256 of what a plan calculates: the same for any name, and any order of keys and measures, since neither changes a
 * value. Two calculations that differ in anything else have different ones.
 */
export function contentSha(plan: Plan): string {
  const { calculation, archive } = plan;
  const versions = calculation.versions.map(inOrder);
  return sha256(canonicalCalculation({ calculation: { ...calculation, name: '', versions }, archive }));
}

const inOrder = (version: Version): Version => ({
  ...version,
  keys: version.keys.toSorted(byName),
  measures: version.measures.toSorted(byName),
});

const byName = (a: Named, b: Named): number => (a.name < b.name ? -1 : 1);
