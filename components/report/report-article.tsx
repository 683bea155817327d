import type { ReactNode } from 'react';
import { ChangesCards } from '#components/report/changes-cards';
import { ChangesTable } from '#components/report/changes-table';
import { figuresOf, OUTCOME_WORDS } from '#components/report/figures.ts';
import { ReportChart } from '#components/report/report-chart';
import { Avatar } from '#components/ui/avatar';
import { classes } from '#components/ui/classes.ts';
import { countOf, formatCount, formatDifference } from '#components/ui/format.ts';
import { Icon, type IconName } from '#components/ui/icon';
import { Mono } from '#components/ui/mono';
import { Pill } from '#components/ui/pill';
import type { Stat } from '#components/ui/stat-strip';
import { formatTime, minuteText, secondText } from '#components/ui/time.ts';
import type { Report, ReportCheck } from '#lib/report/report';

type ReportArticleProps = {
  report: Report;
  /** Where all rows are, said under the largest: `the CSV`. Nothing where the reader has only this page. */
  allRowsIn?: string | undefined;
};

/** The report itself: everything in it comes from the frozen document. */
export function ReportArticle({ report, allRowsIn }: ReportArticleProps) {
  const { word, tone } = OUTCOME_WORDS[report.outcome];
  return (
    <article
      data-report
      className="min-w-0 max-w-[760px] text-base leading-[1.55] print:max-w-none print:text-[9.5pt]"
    >
      <p className="hidden text-[8.5pt] text-text-3 print:mb-2 print:block">
        Recount recovery report{report.incident ? `, ${report.incident}` : ''}. Made{' '}
        {secondText(report.madeAt)}. Seal {report.source.seal}.
      </p>
      <div className="flex flex-wrap items-center gap-2 text-text-3 text-xs">
        <Pill
          size="lg"
          tone={tone}
          icon={tone === 'ok' ? 'check' : tone === 'danger' ? 'warning' : undefined}
        >
          {word}
        </Pill>
        {report.incident ? <Mono>{report.incident}</Mono> : null}
      </div>
      <h1 className="mt-2 mb-3 text-balance font-semibold text-2xl leading-tight tracking-[-0.028em] [overflow-wrap:anywhere] md:text-3xl">
        {report.title}
      </h1>
      <p className="max-w-[66ch] text-pretty text-[1rem] text-text">{report.lead}</p>
      <Figures stats={figuresOf(report)} />
      <Happened report={report} />
      <Changed report={report} allRowsIn={allRowsIn} />
      <Checked checks={report.checks} />
      <LeftOut report={report} />
      <Log report={report} />
    </article>
  );
}

export const REPORT_SECTIONS = [
  { id: 'happened', title: 'What happened' },
  { id: 'changed', title: 'What changed' },
  { id: 'checked', title: 'How it was checked' },
  { id: 'left', title: 'What was left out' },
  { id: 'who', title: 'Who did what' },
] as const;

function Part({ id, children }: { id: (typeof REPORT_SECTIONS)[number]['id']; children: ReactNode }) {
  const title = REPORT_SECTIONS.find((section) => section.id === id)?.title;
  return (
    <section aria-labelledby={id} className="mt-8">
      <h2
        id={id}
        className="mb-2 scroll-mt-20 break-after-avoid font-semibold text-[1.0625rem] tracking-[-0.015em]"
      >
        {title}
      </h2>
      {children}
    </section>
  );
}

const TONES = {
  plus: 'text-plus',
  minus: 'text-minus',
  ok: 'text-ok',
  warn: 'text-warn',
  danger: 'text-danger',
} as const;

function Figures({ stats }: { stats: readonly Stat[] }) {
  return (
    <dl className="mt-5 grid break-inside-avoid grid-cols-2 border-line-2 border-y sm:grid-cols-4">
      {stats.map((stat, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the figures have fixed places
          key={at}
          className={classes(
            'min-w-0 border-line py-3',
            at % 2 === 1 ? 'pl-3.5' : 'border-r pr-3',
            at < 2 && 'max-sm:border-b',
            at > 0 && 'sm:pl-4',
            at < 3 ? 'sm:border-r' : 'sm:border-r-0',
          )}
        >
          <dt className="text-text-3 text-xs">{stat.label}</dt>
          <dd>
            <span
              className={classes(
                'block font-semibold text-xl leading-tight tracking-[-0.03em] [overflow-wrap:anywhere] md:text-2xl',
                stat.tone && TONES[stat.tone],
              )}
            >
              {stat.figure}
            </span>
            <span className="block text-text-3 text-xs">{stat.note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Happened({ report }: { report: Report }) {
  const { archive, window } = report.summary;
  return (
    <Part id="happened">
      <p className="max-w-[66ch] text-pretty text-text-2">
        The archive was read for the window from <b>{formatTime(window.from, { seconds: 'auto' })}</b> up to{' '}
        <b>{formatTime(window.to, { seconds: 'auto' })}</b>, told in the time events{' '}
        {window.clock === 'time' ? 'happened' : 'arrived'}:{' '}
        <b>{countOf(archive.records, 'record', 'records')}</b> in {countOf(archive.files, 'file', 'files')},
        of which {formatCount(archive.duplicates)} were identical copies and {formatCount(archive.rejected)}{' '}
        could not be read.
        {window.spill_over.length > 0
          ? ` Events that arrived late also touched ${countOf(window.spill_over.length, 'earlier bucket', 'earlier buckets')}.`
          : ''}
      </p>
      {report.timeline === null ? null : (
        <ReportChart timeline={report.timeline} window={window} madeAt={report.madeAt} />
      )}
      {report.warnings.length === 0 ? null : (
        <ul className="mt-3 grid max-w-[66ch] gap-1.5">
          {report.warnings.map((warning) => (
            <li key={`${warning.code} ${warning.message}`} className="flex gap-2 text-text-2">
              <Icon name="warning" size={15} className="mt-1 text-warn" />
              <span>{warning.message}</span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Changed({ report, allRowsIn }: ReportArticleProps) {
  const { counts, net, largest, source } = report;
  const rows = counts.updates + counts.inserts + counts.deletes;
  return (
    <Part id="changed">
      <p className="max-w-[66ch] text-pretty text-text-2">
        {rows === 0 ? (
          'Nothing had to be changed.'
        ) : (
          <>
            Recalculated from the archive with <b>{source.calculation}</b>:{' '}
            {countOf(counts.updates, 'update', 'updates')}, {countOf(counts.inserts, 'insert', 'inserts')},{' '}
            {countOf(counts.deletes, 'delete', 'deletes')}.{' '}
            {net.length > 1
              ? `Net: ${net.map((one) => `${one.measure} ${formatDifference(one.net)}`).join(', ')}. `
              : ''}
            {largest.length > 0 ? 'The largest:' : ''}
          </>
        )}
      </p>
      {largest.length === 0 ? null : (
        <>
          <ChangesTable report={report} />
          <ChangesCards report={report} />
          <p className="mt-2 text-text-3 text-xs">
            {largest.length < rows
              ? `The ${formatCount(largest.length)} largest of ${countOf(rows, 'row', 'rows')}.${allRowsIn ? ` All are in ${allRowsIn}.` : ''}`
              : `All ${countOf(rows, 'row', 'rows')}.`}
          </p>
        </>
      )}
    </Part>
  );
}

const CHECKS: Record<ReportCheck['state'], { icon: IconName; look: string; word: string }> = {
  passed: { icon: 'check', look: 'text-ok', word: 'Passed' },
  note: { icon: 'warning', look: 'text-warn', word: 'Note' },
  failed: { icon: 'cross', look: 'text-danger', word: 'Failed' },
  not_done: { icon: 'minus', look: 'text-text-3', word: 'Not done' },
};

function Checked({ checks }: { checks: readonly ReportCheck[] }) {
  return (
    <Part id="checked">
      <ul>
        {checks.map((check) => {
          const { icon, look, word } = CHECKS[check.state];
          return (
            <li
              key={check.name}
              className="grid break-inside-avoid grid-cols-[20px_minmax(0,1fr)] items-start gap-x-2 border-line border-b py-2 sm:grid-cols-[20px_minmax(0,1fr)_auto]"
            >
              <Icon name={icon} size={15} className={`mt-1 ${look}`} />
              <div className="min-w-0">
                <p className="font-medium">
                  <span className="sr-only">{word}: </span>
                  {check.name}
                </p>
                <p className="text-pretty text-text-3 text-xs">{check.words}</p>
              </div>
              <span className="text-sm text-text-2 [overflow-wrap:anywhere] max-sm:col-start-2 sm:text-right">
                {check.value}
              </span>
            </li>
          );
        })}
      </ul>
    </Part>
  );
}

function LeftOut({ report }: { report: Report }) {
  return (
    <Part id="left">
      {report.leftOut.length === 0 ? (
        <p className="text-text-2">Nothing: every row that differs is in the patch.</p>
      ) : (
        <dl className="border-line border-t">
          {report.leftOut.map((one) => (
            <div
              key={one.reason}
              className="flex break-inside-avoid justify-between gap-4 border-line border-b py-2"
            >
              <dt className="min-w-0 text-text-2 [overflow-wrap:anywhere]">{one.reason}</dt>
              <dd className="whitespace-nowrap">{countOf(one.rows, 'row', 'rows')}</dd>
            </div>
          ))}
        </dl>
      )}
    </Part>
  );
}

function Log({ report }: { report: Report }) {
  const { approval } = report;
  return (
    <Part id="who">
      {approval.selfApproved ? (
        <p className="mb-2 max-w-[66ch] text-pretty text-text-2">
          <Pill tone="warn">self-approved</Pill> {approval.author} prepared the patch and approved it
          {approval.reason ? `: “${approval.reason}”` : '.'}
        </p>
      ) : approval.approvedBy !== null && approval.reason ? (
        <p className="mb-2 max-w-[66ch] text-pretty text-text-2">
          {approval.approvedBy} approved it: “{approval.reason}”
        </p>
      ) : null}
      <ol>
        {report.log.map((entry) => (
          <li
            key={`${entry.at} ${entry.words}`}
            className="grid break-inside-avoid grid-cols-[22px_minmax(0,1fr)] items-start gap-x-2.5 py-1.5 sm:grid-cols-[9.5rem_22px_minmax(0,1fr)]"
          >
            <time
              dateTime={entry.at}
              className="pt-px text-text-3 text-xs max-sm:col-start-2 max-sm:row-start-2"
            >
              {minuteText(entry.at)}
            </time>
            <Avatar name={entry.actor} decorative />
            <span className="text-text-2 [overflow-wrap:anywhere]">
              <b className="font-medium text-text">{entry.actor}</b> {entry.words}
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );
}
