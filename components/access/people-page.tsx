'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Invitations } from '#components/access/invitation-list';
import { InviteDialog } from '#components/access/invite-dialog';
import { ListFrame, Refused } from '#components/access/list-frame';
import { PersonDialog } from '#components/access/person-dialog';
import { useMayNot } from '#components/access/use-me.ts';
import { getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardHeader } from '#components/ui/card';
import { countOf } from '#components/ui/format.ts';
import { Pill } from '#components/ui/pill';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { TimeAgo } from '#components/ui/time-text';
import type { InvitationView, PersonView } from '#lib/incident/people';

const KEY = ['people'];
type People = { people: PersonView[]; invitations: InvitationView[] };

/** Everybody who may come in, and who is invited. */
export function PeoplePage() {
  const refusal = useMayNot(['people.read', 'people.change'], 'see or change people');
  const cache = useQueryClient();
  const [inviting, setInviting] = useState(false);
  const [chosen, setChosen] = useState<PersonView | null>(null);
  const people = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => getJson<People>('/api/v1/people', { signal }),
    enabled: refusal === null,
  });
  const reload = () => void cache.invalidateQueries({ queryKey: KEY });
  if (refusal !== null) return <Refused title="People">{refusal}</Refused>;
  return (
    <ListFrame
      title="People"
      add={{ words: 'Invite someone', onPress: () => setInviting(true) }}
      query={people}
      reading="Reading the people"
      over={
        <>
          <InviteDialog open={inviting} onOpenChange={setInviting} onInvited={reload} />
          <PersonDialog key={chosen?.id} person={chosen} onClose={() => setChosen(null)} onChanged={reload} />
        </>
      }
    >
      {(data) => (
        <div className="grid gap-4">
          <PeopleTable people={data.people} onChoose={setChosen} />
          {data.invitations.length > 0 ? (
            <Invitations invitations={data.invitations} onChanged={reload} />
          ) : null}
        </div>
      )}
    </ListFrame>
  );
}

type PeopleTableProps = { people: readonly PersonView[]; onChoose: (person: PersonView) => void };

function PeopleTable({ people, onChoose }: PeopleTableProps) {
  return (
    <Card labelledBy="people">
      <CardHeader
        titleId="people"
        title="Who may come in"
        meta={countOf(people.length, 'person', 'people')}
      />
      <Table caption="People" density="list">
        <thead>
          <tr>
            <Th>Name</Th>
            <Th>Role</Th>
            <Th className="max-md:hidden">Signs in with</Th>
            <Th className="max-md:hidden">Last seen</Th>
            <Th>
              <span className="sr-only">Change</span>
            </Th>
          </tr>
        </thead>
        <tbody>
          {people.map((person) => (
            <Tr key={person.id}>
              <Td className="max-md:whitespace-normal max-md:py-2">
                <span className="block font-medium [overflow-wrap:anywhere]">{person.name}</span>
                <span className="block text-text-3 text-xs [overflow-wrap:anywhere]">
                  {person.erasedAt === null ? (person.email ?? 'no e-mail yet') : person.id.slice(0, 8)}
                </span>
                {/* on a phone there is no room for columns of their own */}
                <span className="block text-text-3 text-xs md:hidden">
                  <Seen person={person} words="seen " />
                </span>
              </Td>
              <Td>
                {person.disabledAt === null ? (
                  <Pill>{person.role}</Pill>
                ) : person.erasedAt === null ? (
                  <Pill tone="warn">disabled</Pill>
                ) : (
                  <Pill>erased</Pill>
                )}
              </Td>
              <Td className="text-text-2 max-md:hidden">
                <Ways person={person} />
              </Td>
              <Td className="text-text-2 max-md:hidden">
                <Seen person={person} />
              </Td>
              <Td className="text-right">
                {person.erasedAt === null ? (
                  <Button size="sm" aria-label={`Change ${person.name}`} onClick={() => onChoose(person)}>
                    Change
                  </Button>
                ) : null}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

/** What one signs in with. */
const Ways = ({ person: { ways, erasedAt } }: { person: PersonView }) =>
  ways.join(', ') || (erasedAt === null ? 'nothing yet' : 'nothing');

function Seen({ person: { lastSeenAt }, words = '' }: { person: PersonView; words?: string }) {
  if (lastSeenAt === null) return 'not signed in';
  return (
    <>
      {words}
      <TimeAgo iso={lastSeenAt} />
    </>
  );
}
