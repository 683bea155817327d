import type { TestResult } from '#lib/calculation/edition';
import type { EditionContent } from '#lib/calculation/edition-content';
import type { DraftPlan } from '#lib/incident/incident';
import { type Parsed, parseDraft } from '#lib/plan/parse';
import type { Summary } from '#lib/replay/run';

export type Stretch = { readonly from: string; readonly to: string };

/**
 * The plan of a test run: an incident's archive and live table, the edition's calculation, and the healthy stretch. Where
 * the incident has a window, the stretch is its control, so that rows that the failure touched are left out; else, and
 * where the live rows hold one window only, the stretch is the window itself.
 */
export function testPlan(
  draft: DraftPlan,
  { calculation, deleted }: EditionContent,
  stretch: Stretch,
): Parsed {
  const { control: _control, window, ...rest } = draft;
  const { deleted: _deleted, ...fields } = draft.archive?.fields ?? {};
  const marks = deleted === undefined ? {} : { deleted };
  const swapped = { ...rest, calculation, archive: { ...draft.archive, fields: { ...fields, ...marks } } };
  const clock = window?.clock === undefined ? {} : { clock: window.clock };
  return parseDraft(
    leavesWindowOut(draft)
      ? { ...swapped, window, control: stretch }
      : { ...swapped, window: { ...stretch, ...clock } },
  );
}

const leavesWindowOut = ({ window, live }: DraftPlan): boolean =>
  (window?.from ?? '') !== '' && (window?.to ?? '') !== '' && live?.state !== 'window';

/** What the preview of a test plan says of the stretch. */
export function testResult({ control, cells, archive, warnings }: Summary): TestResult {
  const { match, changed, missing_in_live, only_in_live, deleted, superseded } = cells;
  const differ = changed + missing_in_live + only_in_live + deleted;
  return {
    ...(control === undefined
      ? { cells: match + superseded + differ, differ, withoutWindow: false }
      : { cells: control.cells, differ: control.differ, withoutWindow: true }),
    rejected: archive.rejected,
    conflictingIds: archive.conflicting_ids,
    // that nothing was compared is told by the result itself
    warnings: warnings.filter(({ code }) => code !== 'control_empty').map(({ message }) => message),
  };
}
