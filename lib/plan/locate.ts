import type { Problem } from '#lib/base/failure';
import { readYaml } from '#lib/plan/read-yaml';
import type { Position, Tree } from '#lib/plan/tree';

/**
 * Adds line and column to problems that name a path only: those that were found after parsing, in expressions,
 * columns and types. `text` is the plan that they belong to. A path that the text does not have gets the place of
 * the last part that it has.
 */
export function locateProblems(text: string, problems: readonly Problem[]): readonly Problem[] {
  const { tree } = readYaml(text);
  if (tree === null) return problems;
  return problems.map((problem) => {
    const path = problem.at?.path;
    if (path === undefined || problem.at?.line !== undefined) return problem;
    const at = positionOf(tree, path);
    if (at === null) return problem;
    const message = problem.message.replace(/\.$/, ` (line ${at.line}, column ${at.column}).`);
    return { ...problem, message, at: { ...problem.at, ...at } };
  });
}

function positionOf(tree: Tree, path: string): Position {
  let [here, at, rest] = [tree, tree.at, path];
  while (rest !== '') {
    const next = stepInto(here, rest);
    if (next === null) return at;
    [here, rest] = [next.tree, next.rest];
    at = here.at ?? at;
  }
  return at;
}

/** Takes the longest field name that the path begins with: names of columns may hold points and brackets. */
function stepInto(tree: Tree, path: string): { readonly tree: Tree; readonly rest: string } | null {
  if (tree.kind === 'list') {
    const index = /^\[(\d+)\]\.?(.*)$/s.exec(path);
    const item = tree.items[Number(index?.[1] ?? -1)];
    return item === undefined ? null : { tree: item, rest: index?.[2] ?? '' };
  }
  if (tree.kind !== 'map') return null;
  const named = tree.entries.flatMap(({ key, value }) =>
    [key, JSON.stringify(key)]
      .filter((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
      .map((name) => ({ tree: value, name })),
  );
  const [longest] = named.sort((a, b) => b.name.length - a.name.length);
  if (longest === undefined) return null;
  return { tree: longest.tree, rest: path.slice(longest.name.length).replace(/^\./, '') };
}
