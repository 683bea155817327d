import { parse, stringify } from 'yaml';
import { Failure } from '#lib/base/failure';
import type { EditionContent, WrittenContent } from '#lib/calculation/edition-content';

/** A content as YAML: the fields of a plan's `calculation` without its name, and `deleted`. */
export function contentToText({ calculation, deleted }: EditionContent): string {
  const { name: _name, ...fields } = calculation;
  return stringify(
    { ...fields, ...(deleted === undefined ? {} : { deleted }) },
    { version: '1.2', lineWidth: 0 },
  );
}

/** What somebody wrote as YAML, to be read by `readContent`. Failure plan.unreadable. */
export function textToContent(text: string): WrittenContent {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure('plan.unreadable', 'The calculation is not written as fields and their values.', {
      fix: 'Begin with `versions:` and list the versions under it.',
    });
  const { deleted, ...calculation } = value as Readonly<Record<string, unknown>>;
  return { calculation, deleted };
}

function parsed(text: string): unknown {
  try {
    return parse(text, { version: '1.2', schema: 'core', uniqueKeys: true, maxAliasCount: 0 });
  } catch (error) {
    const [words = 'it cannot be read'] = (error instanceof Error ? error.message : String(error)).split(
      '\n',
    );
    throw new Failure('plan.unreadable', `The calculation is no readable YAML: ${words}`);
  }
}
