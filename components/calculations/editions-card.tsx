'use client';

import { useState } from 'react';
import { EditionDifference } from '#components/calculations/edition-difference';
import { TestList } from '#components/calculations/test-list';
import { editionWords } from '#components/calculations/words.ts';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { CodeBlock } from '#components/ui/code-block';
import { shortHash } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Mono } from '#components/ui/mono';
import { SelectField } from '#components/ui/select-field';
import { TimeAt } from '#components/ui/time-text';
import type { CalculationView, EditionView } from '#lib/calculation/edition';

/** The published editions, each with who published it, what it says, and its test runs. */
export function EditionsCard({ editions }: { editions: readonly EditionView[] }) {
  const published = editions.filter((edition) => edition.published !== null);
  if (published.length === 0) return null;
  return (
    <Card labelledBy="editions">
      <CardHeader title="Editions" titleId="editions" meta="Published, and never changed again" />
      <ul className="divide-y divide-line">
        {published.map((edition, index) => (
          <li key={edition.id}>
            <Edition edition={edition} isOpen={index === 0} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Edition({ edition, isOpen }: { edition: EditionView; isOpen: boolean }) {
  const { number, published, sha256, savedFrom } = edition;
  if (published === null) return null;
  return (
    <details open={isOpen} className="group">
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-2 px-3.5 py-2.5 -outline-offset-2 hover:bg-hover">
        <Icon name="chevron-right" size={12} className="self-center text-text-3 group-open:rotate-90" />
        <span className="font-medium">Edition {number}</span>
        <span className="text-text-2">
          published <TimeAt iso={published.at} /> by {published.by}
        </span>
      </summary>
      <div className="grid gap-3 px-3.5 pb-3.5">
        {published.reason === null ? null : (
          <p className="[overflow-wrap:anywhere]">
            <span className="text-text-3">Published although the test run was not clean: </span>
            {published.reason}
          </p>
        )}
        <div className="edge-forced overflow-hidden rounded-control border border-line">
          <CodeBlock code={edition.text.trimEnd()} language="text" label={`Text of edition ${number}`} />
        </div>
        <p className="text-text-3 text-xs">
          SHA-256{' '}
          <span title={sha256}>
            <Mono>{shortHash(sha256)}</Mono>
          </span>
          {savedFrom === null ? null : ` · saved from INC-${savedFrom}`} · drafted by {edition.createdBy}
        </p>
        <TestList tests={edition.tests} deciding={published.testId} />
      </div>
    </details>
  );
}

/** Any two editions, one against the other. */
export function CompareCard({ view }: { view: CalculationView }) {
  const [newest, before] = view.editions;
  const [ids, setIds] = useState<{ readonly before?: string; readonly after?: string }>({});
  const find = (id: string | undefined, otherwise: EditionView | undefined): EditionView | undefined =>
    view.editions.find((edition) => edition.id === id) ?? otherwise;
  const [left, right] = [find(ids.before, before), find(ids.after, newest)];
  if (left === undefined || right === undefined) return null;
  const options = view.editions.map((edition) => ({ value: edition.id, label: editionWords(edition) }));
  return (
    <Card labelledBy="compare">
      <CardHeader title="Compare editions" titleId="compare" />
      <CardBody className="grid gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <SelectField
            label="From"
            options={options}
            value={left.id}
            onValueChange={(id) => setIds((old) => ({ ...old, before: id }))}
          />
          <SelectField
            label="To"
            options={options}
            value={right.id}
            onValueChange={(id) => setIds((old) => ({ ...old, after: id }))}
          />
        </div>
        <EditionDifference
          before={left.content}
          after={right.content}
          label={`From ${editionWords(left)} to ${editionWords(right)}`}
        />
      </CardBody>
    </Card>
  );
}
