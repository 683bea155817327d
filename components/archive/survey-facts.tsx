import { type ReactNode, useId } from 'react';
import { balances } from '#components/archive/survey-view.ts';
import { Card, CardHeader } from '#components/ui/card';
import { formatCount, formatPercent } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { StatStrip } from '#components/ui/stat-strip';
import { Notice } from '#components/ui/states';
import { formatTime } from '#components/ui/time.ts';
import type { Survey } from '#lib/archive/survey';

/** The counts, and that they add up. */
export function SurveyFacts({ survey, words, again }: { survey: Survey; words: string; again: ReactNode }) {
  const titleId = useId();
  const share = (count: string) => `${formatPercent(count, survey.records)} of all`;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="What the archive holds" titleId={titleId} meta={words} actions={again} />
      <StatStrip
        stats={[
          { label: 'Records', figure: formatCount(survey.records), note: 'every line and row' },
          { label: 'Events', figure: formatCount(survey.accepted), note: share(survey.accepted) },
          {
            label: 'Duplicates',
            figure: formatCount(survey.duplicates),
            note: 'identical copies, counted once',
          },
          {
            label: 'Unreadable',
            figure: formatCount(survey.rejected),
            note: survey.rejected === '0' ? 'none' : 'set aside, listed below',
            ...(survey.rejected === '0' ? {} : { tone: 'danger' as const }),
          },
        ]}
      />
      <Balance survey={survey} />
      <TimeRange survey={survey} />
      {survey.warnings.map((warning) => (
        <div key={`${warning.code} ${warning.message}`} className="border-line border-t">
          <Notice tone="warn">{warning.message}</Notice>
        </div>
      ))}
    </Card>
  );
}

function Balance({ survey }: { survey: Survey }) {
  const exact = balances(survey);
  return (
    <p
      className={`flex items-start gap-x-2 border-line border-t px-3.5 py-2 ${exact ? 'text-text-2' : 'text-danger'}`}
    >
      <Icon name={exact ? 'check' : 'warning'} size={14} className={exact ? 'mt-0.5 text-ok' : 'mt-0.5'} />
      <span className="min-w-0">
        {formatCount(survey.records)} records {exact ? '=' : '≠'} {formatCount(survey.accepted)} events +{' '}
        {formatCount(survey.duplicates)} duplicates + {formatCount(survey.rejected)} unreadable.{' '}
        <span className="text-text-3 text-xs">
          {exact ? 'Nothing is dropped.' : 'This is a fault of Recount: please report it.'}
        </span>
      </span>
    </p>
  );
}

function TimeRange({ survey }: { survey: Survey }) {
  const rows = [
    { term: 'Happened', range: survey.time },
    ...(survey.arrival === null ? [] : [{ term: 'Arrived', range: survey.arrival }]),
  ];
  return (
    <dl className="grid gap-x-6 gap-y-1 border-line border-t px-3.5 py-2.5 sm:grid-cols-[auto_1fr]">
      {rows.map(({ term, range }) => (
        <div key={term} className="contents">
          <dt className="text-text-3">{term}</dt>
          <dd>
            {range === null ? (
              'No readable time'
            ) : (
              <>
                {formatTime(range.first)} <span className="text-text-3">to</span> {formatTime(range.last)}
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
