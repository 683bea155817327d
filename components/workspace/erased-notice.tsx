import { BoxedNotice } from '#components/new-incident/boxed-notice';
import { ButtonLink } from '#components/ui/button';
import { minuteText } from '#components/ui/time.ts';
import type { ErasedView } from '#lib/incident/retention';

type ErasedNoticeProps = {
  erased: ErasedView;
  /** Of the report; null on its own page. */
  reportHref: string | null;
};

/** Above every stage: what was kept is gone, by whom and why, and what remains. */
export function ErasedNotice({ erased, reportHref }: ErasedNoticeProps) {
  const { at, by, reason, doneAt } = erased;
  return (
    <div className="px-3.5 pt-3 md:px-gutter">
      <BoxedNotice
        tone="neutral"
        actions={
          reportHref === null ? null : (
            <ButtonLink size="sm" href={reportHref}>
              Open the report
            </ButtonLink>
          )
        }
      >
        <p>
          Erased on {minuteText(at)} by {by}: the rows and differences can't be opened any more; report and
          audit remain.{doneAt === null ? ' Files are still being removed.' : ''}
        </p>
        <p className="[overflow-wrap:anywhere]">“{reason}”</p>
      </BoxedNotice>
    </div>
  );
}
