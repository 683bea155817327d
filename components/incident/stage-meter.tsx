import { classes } from '#components/ui/classes.ts';
import { Pill } from '#components/ui/pill';
import { type IncidentRow, STAGES } from '#lib/incident/incident';

const WORD = {
  acc: 'text-text-2',
  neutral: 'text-text-2',
  ok: 'text-ok',
  warn: 'text-warn',
  danger: 'text-danger',
};
const LAST = {
  acc: 'bg-accent',
  neutral: 'bg-accent',
  ok: 'bg-ok',
  warn: 'bg-series-late',
  danger: 'bg-danger',
};

/** How far of the six stages, and in a word where it stands. */
export function StageMeter({ row }: { row: Pick<IncidentRow, 'stage' | 'stageWord' | 'tone'> }) {
  const reached = STAGES.indexOf(row.stage);
  return (
    <span className={classes('inline-flex items-center gap-2', WORD[row.tone])}>
      <span aria-hidden="true" className="flex flex-none gap-0.5">
        {STAGES.map((stage, index) => (
          <span
            key={stage}
            className={classes('h-[5px] w-[9px] rounded-[1.5px]', segment(index, reached, row.tone))}
          />
        ))}
      </span>
      {row.tone === 'danger' ? (
        <Pill tone="danger" icon="warning">
          {row.stageWord}
        </Pill>
      ) : (
        <span>{row.stageWord}</span>
      )}
      <span className="sr-only">
        , stage {reached + 1} of {STAGES.length}
      </span>
    </span>
  );
}

function segment(index: number, reached: number, tone: IncidentRow['tone']): string {
  if (index > reached) return 'bg-line-2';
  if (index === reached) return LAST[tone];
  return tone === 'ok' ? 'bg-ok' : 'bg-accent';
}
