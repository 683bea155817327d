'use client';

import { About } from '#components/audit/audit-table';
import { exactTime, viaWords } from '#components/audit/audit-words.ts';
import { CodeBlock } from '#components/ui/code-block';
import { CopyButton } from '#components/ui/copy-button';
import { DefinitionList } from '#components/ui/definition-list';
import { Sheet } from '#components/ui/dialog';
import { formatCount } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';
import type { AuditLineView } from '#lib/report/audit-view';

/** One line in full, with its hash: what the list shortens. */
export function AuditDetail({ line, onClose }: { line: AuditLineView | null; onClose: () => void }) {
  return (
    <Sheet
      side="right"
      open={line !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={line === null ? '' : `Entry ${formatCount(line.position)}`}
    >
      {line === null ? null : <Facts line={line} />}
    </Sheet>
  );
}

function Facts({ line }: { line: AuditLineView }) {
  const detail = JSON.stringify(line.detail, null, 2);
  return (
    <div className="grid grid-cols-1 gap-4 px-4 py-3.5">
      <DefinitionList
        items={[
          { term: 'What', value: line.words },
          { term: 'About', value: <About line={line} /> },
          { term: 'When, UTC', value: <Mono>{exactTime(line.at)}</Mono> },
          { term: 'Who', value: line.actor.name },
          { term: 'By', value: viaWords(line.via) },
          ...(line.address === null ? [] : [{ term: 'Address', value: <Mono>{line.address}</Mono> }]),
          ...(line.session === null ? [] : [{ term: 'Session', value: <Mono>{line.session}</Mono> }]),
          { term: 'Action', value: <Mono>{line.action}</Mono> },
          { term: 'Subject', value: <Mono>{line.subject}</Mono> },
        ]}
      />
      {line.seal === null ? null : <Hash term="Seal of the patch" value={line.seal} />}
      <section>
        <h3 className="mb-1 font-medium">Detail</h3>
        {detail === '{}' ? (
          <p className="text-text-3">Nothing more was noted.</p>
        ) : (
          <CodeBlock
            code={detail}
            language="text"
            label="Detail of the entry"
            className="max-h-80 rounded-control border border-line bg-sunken"
          />
        )}
      </section>
      <Hash term="Hash of this entry and all before it" value={line.hash} />
    </div>
  );
}

const Hash = ({ term, value }: { term: string; value: string }) => (
  <section>
    <div className="mb-1 flex items-center justify-between gap-2">
      <h3 className="font-medium">{term}</h3>
      <CopyButton text={value} />
    </div>
    <p>
      <Mono boxed>{value}</Mono>
    </p>
  </section>
);
