'use client';

import { useEffect, useRef } from 'react';
import { MayLink } from '#components/access/may-link';
import { toldProblem } from '#components/new-incident/problem-words.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Card } from '#components/ui/card';
import { Notice } from '#components/ui/states';
import { Words } from '#components/ui/words';
import { useIncident } from '#components/workspace/use-incident.ts';

/** Why a preview could not be started. It comes into sight: the button may be far below it. */
export function StartError({ error }: { error: Error }) {
  const { incident } = useIncident();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    ref.current?.scrollIntoView({ block: 'center' });
  }, []);
  const { message, fix, details } = apiErrorOf(error);
  const problems = problemsOf(details.problems).map((one) => toldProblem(one, incident.plan));
  return (
    <div ref={ref}>
      <Card>
        <Notice
          tone="danger"
          role="alert"
          actions={
            problems.length === 0 ? null : (
              <MayLink
                size="sm"
                href={`/incidents/new?incident=INC-${incident.number}`}
                needs="incident.change"
                doing="change the set-up"
              >
                Change the set-up
              </MayLink>
            )
          }
        >
          {problems.length === 0 ? (
            <Words>{`${message} ${fix}`}</Words>
          ) : (
            <>
              <p className="font-medium">The preview was not started.</p>
              <ul className="mt-1 grid gap-1">
                {problems.map((one) => (
                  <li key={`${one.path} ${one.message}`}>
                    <Words>{`${sentence(one.message)} ${one.fix}`}</Words>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Notice>
      </Card>
    </div>
  );
}

const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function problemsOf(listed: unknown): { path: string; message: string; fix: string }[] {
  return (Array.isArray(listed) ? listed : []).flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { path, message, fix } = Object.fromEntries(Object.entries(one));
    return [{ path: textOf(path), message: textOf(message), fix: textOf(fix) }];
  });
}
