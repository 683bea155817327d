'use client';

import { editVersion, versionOf, withField } from '#components/new-incident/draft.ts';
import { useDraft } from '#components/new-incident/draft-context';
import { ExpressionField } from '#components/new-incident/expression-field';

/** Which events a version counts. */
export function WhereField({ index }: { index: number }) {
  const { draft, edit, errorAt, touch } = useDraft();
  const path = `calculation.versions[${index}].where`;
  return (
    <ExpressionField
      path={path}
      label="Only events where"
      placeholder="type <> 'test'"
      hint="Optional. Only what is TRUE is counted."
      error={errorAt(path)}
      value={versionOf(draft.plan, index).where ?? ''}
      onBlur={() => touch(path)}
      onValueChange={(where) =>
        edit((old) => editVersion(old, index, (own) => withField(own, 'where', where)))
      }
    />
  );
}
