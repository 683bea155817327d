'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { EditionDifference } from '#components/calculations/edition-difference';
import { PublishForm } from '#components/calculations/publish-form';
import { Refusal } from '#components/calculations/refusal';
import { TestForm } from '#components/calculations/test-form';
import { TestList } from '#components/calculations/test-list';
import { calculationPath, useChange } from '#components/calculations/use-calculations.ts';
import { postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { Dialog } from '#components/ui/dialog';
import { Textarea } from '#components/ui/field';
import { Pill } from '#components/ui/pill';
import type { CalculationView, EditionView } from '#lib/calculation/edition';

type Props = { view: CalculationView; draft: EditionView };

/** The draft: its text, what it changes, its test runs, and publishing it. */
export function DraftCard({ view, draft }: Props) {
  const newest = view.editions.find(({ published }) => published !== null);
  return (
    <Card labelledBy="draft">
      <CardHeader
        title={`Draft of edition ${draft.number}`}
        titleId="draft"
        meta={<Pill tone="acc">Draft</Pill>}
        actions={<Discard view={view} />}
      />
      <CardBody className="grid gap-5">
        {/* another text is another draft: what was typed into the old one is not said of the new one */}
        <DraftText key={draft.sha256} view={view} draft={draft} />
        {newest === undefined ? null : (
          <section aria-label={`Changed since edition ${newest.number}`} className="grid gap-2">
            <h3 className="font-semibold">Changed since edition {newest.number}</h3>
            <EditionDifference
              before={newest.content}
              after={draft.content}
              label={`What the draft says differently from edition ${newest.number}`}
            />
          </section>
        )}
        <section aria-label="Test on a healthy stretch" className="grid gap-3">
          <h3 className="font-semibold">Test on a healthy stretch</h3>
          <TestForm key={draft.id} id={view.id} edition={draft} />
          {draft.tests.length === 0 ? null : <TestList tests={draft.tests} deciding={null} />}
        </section>
        <section aria-label="Publish" className="grid gap-2">
          <h3 className="font-semibold">Publish</h3>
          <PublishForm view={view} draft={draft} />
        </section>
      </CardBody>
    </Card>
  );
}

function DraftText({ view, draft }: Props) {
  const refusal = useMayNot('calculation.change', 'change it');
  const [text, setText] = useState(draft.text);
  const save = useChange(view.id);
  const isChanged = text !== draft.text;
  return (
    <div className="grid gap-2">
      <Textarea
        label="Calculation"
        hint="As a plan writes it, in YAML: versions with their keys and measures."
        mono
        rows={Math.min(24, Math.max(8, draft.text.split('\n').length + 1))}
        spellCheck={false}
        autoCapitalize="off"
        readOnly={refusal !== null}
        value={text}
        onValueChange={setText}
      />
      <Refusal error={save.error} />
      <div className="flex flex-wrap gap-2">
        <Button
          busy={save.isPending}
          busyLabel="Checking"
          disabledReason={refusal ?? (isChanged ? null : 'Nothing was changed.')}
          onClick={() => save.mutate({ path: '/draft', method: 'PUT', body: { text, sha256: draft.sha256 } })}
        >
          Save the draft
        </Button>
        {isChanged ? (
          <Button
            onClick={() => {
              setText(draft.text);
              save.reset();
            }}
          >
            Take the change back
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Discard({ view }: { view: CalculationView }) {
  const refusal = useMayNot('calculation.change', 'discard it');
  const cache = useQueryClient();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const isWhole = view.editions.length === 1;
  const discard = useMutation({
    mutationFn: () =>
      postJson<{ removed: boolean }>(`${calculationPath(view.id)}/draft`, {}, { method: 'DELETE' }),
    onSuccess: ({ removed }) => {
      setOpen(false);
      if (removed) router.push('/calculations');
      else void cache.invalidateQueries({ queryKey: ['calculations', 'one', view.id] });
      void cache.invalidateQueries({ queryKey: ['calculations', 'list'] });
    },
  });
  return (
    <>
      <Button size="sm" disabledReason={refusal} onClick={() => setOpen(true)}>
        Discard
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={isWhole ? `Discard ${view.name}?` : 'Discard the draft?'}
        description={
          isWhole
            ? 'It was never published: the calculation goes with its draft and its test runs.'
            : 'The draft goes with its test runs. Published editions stay.'
        }
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Keep it</Button>
            <Button variant="danger" busy={discard.isPending} onClick={() => discard.mutate()}>
              Discard
            </Button>
          </>
        }
      >
        {discard.error ? <Refusal error={discard.error} /> : null}
      </Dialog>
    </>
  );
}
