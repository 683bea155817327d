import type { ApiError } from '#components/query/api.ts';

export type PlanProblem = {
  readonly message: string;
  readonly fix: string;
  readonly line: number | null;
  readonly column: number | null;
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** What an answer says of a plan file: each problem in the order of the lines, else the answer's own words. */
export function planProblems(error: ApiError): readonly PlanProblem[] {
  const { problems } = error.details;
  const told = (Array.isArray(problems) ? problems : []).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { message, fix, line, column } = Object.fromEntries(Object.entries(one));
    // The place has a column of its own: said once is enough.
    const words = textOf(message).replace(/ \(line \d+, column \d+\)/, '');
    return [{ message: words, fix: textOf(fix), line: numberOf(line), column: numberOf(column) }];
  });
  if (told.length === 0) return [{ message: error.message, fix: error.fix, line: null, column: null }];
  return told.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
