import type { Problem } from '#lib/base/failure';
import type { Parts } from '#lib/plan/cross-checks';
import type { Plan } from '#lib/plan/plan';
import { NO_PARTS, readPlan } from '#lib/plan/read-plan';
import { readYaml } from '#lib/plan/read-yaml';
import { PlanReader } from '#lib/plan/reader';
import { type Tree, treeOfValue } from '#lib/plan/tree';

export type Parsed = {
  readonly plan: Plan | null;
  readonly problems: readonly Problem[];
  /** The sections that are right by themselves: what else can be checked of a plan that has problems. */
  readonly parts: Parts;
};

/**
 * Parses a recovery plan from YAML or JSON text (docs/recovery-plan.md section 1). Gives every problem at once,
 * each with its path, line and column, in the order of the text; a plan only where there is none. Expressions are
 * taken as text here: `checkCalculation` parses them.
 */
export function parsePlan(text: string): Parsed {
  const { tree, problems } = readYaml(text);
  return tree === null ? { plan: null, problems, parts: NO_PARTS } : parseTree(tree);
}

/** Parses a plan that came as a JSON value in file form. As `parsePlan`, with paths and without lines. */
export function parsePlanValue(value: unknown): Parsed {
  const tree = treeOfValue(value);
  if (tree !== null) return parseTree(tree);
  const message = 'The plan is no JSON value that a plan can be.';
  return {
    plan: null,
    parts: NO_PARTS,
    problems: [{ code: 'plan.unreadable', message, fix: 'Send the plan as a JSON object.' }],
  };
}

function parseTree(tree: Tree): Parsed {
  const reader = new PlanReader();
  const { plan, parts } = readPlan(reader, tree);
  return { plan, problems: reader.problems.toSorted(byPlace), parts };
}

const byPlace = (a: Problem, b: Problem): number =>
  (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);

/**
 * Parses a plan that is still being written in the page: blank fields count as absent, `recount` is understood,
 * and sections that were not begun are read as empty, so that each missing field is named by itself.
 */
export function parseDraft(draft: object): Parsed {
  const begun = prune(draft);
  const sections = { archive: {}, window: {}, calculation: {}, live: {}, ...begun };
  const archive = { fields: {}, ...sections.archive };
  return parsePlanValue({ recount: 1, ...sections, archive });
}

/** What still keeps a draft from being a plan: the problems of `parseDraft`. */
export const missingOfDraft = (draft: object): readonly Problem[] => parseDraft(draft).problems;

function prune(value: object): Record<string, unknown> {
  const blank = (inner: unknown): boolean =>
    inner === undefined || inner === null || (typeof inner === 'string' && inner.trim() === '');
  const kept = Object.entries(value).filter(([, inner]) => !blank(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, pruneItem(inner)]));
}

function pruneItem(item: unknown): unknown {
  if (Array.isArray(item)) return item.map(pruneItem);
  return typeof item === 'object' && item !== null ? prune(item) : item;
}
