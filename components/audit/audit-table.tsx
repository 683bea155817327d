import Link from 'next/link';
import { exactTime, originWords, subjectWords } from '#components/audit/audit-words.ts';
import { EM_DASH, formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import { Table, Td, Th, Tr } from '#components/ui/table';
import type { AuditLineView } from '#lib/report/audit-view';

type LinesProps = {
  lines: readonly AuditLineView[];
  /** The position of the line whose detail is open. */
  open: number | null;
  onOpen: (line: AuditLineView) => void;
};

/** The lines at a desk. What was done opens the rest of it. */
export function AuditTable({ lines, open, onOpen }: LinesProps) {
  return (
    <Table
      caption="The audit, the newest entry first"
      className="max-md:hidden"
      frameClassName="max-md:hidden"
    >
      <thead>
        <tr>
          <Th numeric>Entry</Th>
          <Th>When, UTC</Th>
          <Th>Who</Th>
          <Th>What</Th>
          <Th>About</Th>
          <Th>From where</Th>
          <Th>Seal</Th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Tr key={line.position} selected={line.position === open}>
            <Td numeric className="text-text-3">
              {formatCount(line.position)}
            </Td>
            <Td>
              <Time line={line} />
            </Td>
            <Td className="max-w-48 truncate" title={line.actor.name}>
              {line.actor.name}
            </Td>
            <Td>
              <OpenButton line={line} onOpen={onOpen} />
            </Td>
            <Td>
              <About line={line} />
            </Td>
            <Td className="max-w-40 truncate text-text-2" title={originWords(line)}>
              {originWords(line)}
            </Td>
            <Td>
              {line.seal === null ? (
                <span className="text-text-3" title="This entry is about no patch">
                  {EM_DASH}
                </span>
              ) : (
                <Mono>{line.seal.slice(0, 12)}</Mono>
              )}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** The same on a phone, one under the other. */
export function AuditCards({ lines, onOpen }: LinesProps) {
  return (
    <ul className="md:hidden">
      {lines.map((line) => (
        <li key={line.position} className="grid gap-1 border-line border-b px-3.5 py-3 last:border-b-0">
          <OpenButton line={line} onOpen={onOpen} />
          <p className="text-sm text-text-2">
            {line.actor.name} · <About line={line} />
          </p>
          <p className="flex flex-wrap justify-between gap-x-3 text-text-3 text-xs">
            <Time line={line} />
            <span>{originWords(line)}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

const Time = ({ line }: { line: AuditLineView }) => (
  <time dateTime={line.at} className="font-mono text-[0.94em] text-text-2">
    {exactTime(line.at)}
  </time>
);

function OpenButton({ line, onOpen }: { line: AuditLineView; onOpen: LinesProps['onOpen'] }) {
  return (
    <button
      type="button"
      onClick={() => onOpen(line)}
      aria-haspopup="dialog"
      className="rounded-tag text-left font-medium underline-offset-2 hover:underline"
    >
      {line.words}
    </button>
  );
}

/** The incident where there is one, and the thing itself. */
export function About({ line }: { line: AuditLineView }) {
  const subject = subjectWords(line.subject);
  if (line.incident === null) return <span className="text-text-2">{subject}</span>;
  const isIncident = line.subject.startsWith('incident ');
  return (
    <>
      <Link href={`/incidents/INC-${line.incident}`} className="underline-offset-2 hover:underline">
        INC-{line.incident}
      </Link>
      {isIncident ? null : <span className="text-text-3"> · {subject}</span>}
    </>
  );
}
