import { Failure, type Problem } from '#lib/base/failure';
import { locateProblems } from '#lib/plan/locate';

type Listed = Problem & { readonly path?: string; readonly line?: number };

/** Gives a failure that names fields of the plan the lines and columns that they have in its text. Else as it was. */
export function locateFailure(text: string, error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const { code, fix, at, details } = error;
  const [own] = locateProblems(text, [{ code, message: error.message, fix, ...(at ? { at } : {}) }]);
  const problems = listed(details.problems).map(({ path, line, ...problem }) => {
    const place = { ...(path === undefined ? {} : { path }), ...(line === undefined ? {} : { line }) };
    const [found] = line === undefined ? locateProblems(text, [{ ...problem, at: place }]) : [];
    return found === undefined
      ? { ...problem, ...place }
      : { code: found.code, message: found.message, fix: found.fix, ...found.at };
  });
  return new Failure(code, own?.message ?? error.message, {
    fix,
    ...(own?.at ? { at: own.at } : {}),
    details: { ...details, ...(problems.length > 0 ? { problems } : {}) },
    cause: error,
  });
}

const listed = (problems: unknown): Listed[] => (Array.isArray(problems) ? problems : []);
