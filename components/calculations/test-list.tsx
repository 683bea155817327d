import Link from 'next/link';
import { testWords } from '#components/calculations/words.ts';
import { Icon } from '#components/ui/icon';
import { Pill, Tag } from '#components/ui/pill';
import { TimeAt, WindowText } from '#components/ui/time-text';
import type { TestView } from '#lib/calculation/edition';

/** The test runs of an edition, the newest first. `deciding`: the one that it was published by. */
export function TestList({ tests, deciding }: { tests: readonly TestView[]; deciding: string | null }) {
  return (
    <ul aria-label="Test runs" className="divide-y divide-line">
      {tests.map((test) => (
        <li key={test.id} className="grid gap-1 py-2 first:pt-0 last:pb-0">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <Outcome test={test} />
            {test.id === deciding ? <Tag tone="ok">Published by this</Tag> : null}
            {test.isCurrent ? null : <Tag>Of an earlier text</Tag>}
          </div>
          <p className="text-text-2 text-xs">
            <WindowText window={test.stretch} />
            {test.incident === null ? null : (
              <>
                {' on '}
                <Link
                  href={`/incidents/INC-${test.incident.number}`}
                  title={test.incident.title}
                  className="underline underline-offset-2"
                >
                  INC-{test.incident.number}
                </Link>
              </>
            )}
            {' · '}
            {test.by}, <TimeAt iso={test.createdAt} />
          </p>
          <Notes test={test} />
        </li>
      ))}
    </ul>
  );
}

function Outcome({ test }: { test: TestView }) {
  const { tone, text } = testWords(test);
  const isUnderWay = test.state === 'queued' || test.state === 'running';
  if (test.state === 'failed')
    return (
      <p className="text-danger [overflow-wrap:anywhere]">
        {text} {test.error?.fix}
      </p>
    );
  return (
    <span role="status" className="inline-flex items-center gap-1.5">
      {isUnderWay ? <Icon name="spinner" size={14} /> : null}
      <Pill tone={tone}>{text}</Pill>
    </span>
  );
}

/** What else a reader of the figures should know. */
function Notes({ test: { result } }: { test: TestView }) {
  if (result === null) return null;
  const notes = [
    ...(result.withoutWindow ? ["Rows that the incident's own failure touched are left out."] : []),
    ...(result.rejected > 0 ? [`${result.rejected} records could not be read.`] : []),
    ...(result.conflictingIds > 0 ? [`${result.conflictingIds} ids have two contents.`] : []),
    ...result.warnings,
  ];
  return notes.length === 0 ? null : (
    <p className="text-text-3 text-xs [overflow-wrap:anywhere]">{notes.join(' ')}</p>
  );
}
