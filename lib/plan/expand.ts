import type { Problem } from '#lib/base/failure';

const NAME = /\$\{([^}]*)\}/g;

/**
 * Puts environment variables in the place of `${NAME}`, and changes nothing else: no default values, no nesting,
 * no `$NAME`. Only `live.store` and archive credentials are ever given to it. The expanded text is a secret: it
 * is used and forgotten, and stands in no problem, plan, log or file.
 */
export function expandEnv(
  text: string,
  variable: (name: string) => string | undefined,
): { readonly text: string } | Problem {
  const missing: string[] = [];
  const expanded = text.replace(NAME, (_, name: string) => {
    const value = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? variable(name) : undefined;
    if (value === undefined || value === '') missing.push(name);
    return value ?? '';
  });
  if (missing.length === 0) return { text: expanded };
  const [names, are] = [missing.join(', '), missing.length === 1 ? 'variable is' : 'variables are'];
  return {
    code: 'plan.env.missing',
    message: `The plan names ${names}, and no such environment ${are} set.`,
    fix: `Set ${names} and run the command again.`,
  };
}
