'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useMayNot } from '#components/access/use-me.ts';
import { apiErrorOf, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';

/** The sample can be played through again: the live table gets its faulty rows back. */
export function SampleReset() {
  const titleId = useId();
  const cache = useQueryClient();
  const refusal = useMayNot('incident.change', 'put them back');
  const reset = useMutation({
    mutationFn: () => postJson<{ rows: number }>('/api/v1/samples/points/reset'),
    onSuccess: () => cache.invalidateQueries(),
  });
  const error = reset.isError ? apiErrorOf(reset.error) : null;
  return (
    <Card labelledBy={titleId}>
      <CardHeader title="This is the sample" titleId={titleId} />
      <CardBody className="grid gap-2.5">
        <p className="text-pretty text-text-2">
          Its archive and its live table are invented, in a database of its own. When you have been through
          it, put the faulty rows back and begin again.
        </p>
        <Button
          icon="undo"
          className="justify-self-start"
          busy={reset.isPending}
          busyLabel="Putting them back"
          disabledReason={refusal}
          onClick={() => reset.mutate()}
        >
          Put the faulty rows back
        </Button>
        <p role="status" className={error ? 'text-danger text-xs' : 'text-text-3 text-xs'}>
          {error
            ? `${error.message} ${error.fix}`
            : reset.data
              ? `The live table has its ${countOf(reset.data.rows, 'row', 'rows')} as the broken worker left them. Preview again to see them.`
              : ''}
        </p>
      </CardBody>
    </Card>
  );
}
