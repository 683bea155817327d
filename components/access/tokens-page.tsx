'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorLine } from '#components/access/error-line';
import { ListFrame } from '#components/access/list-frame';
import { TokenDialog } from '#components/access/token-dialog';
import { useMay } from '#components/access/use-me.ts';
import { getJson, postJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card } from '#components/ui/card';
import { Tag } from '#components/ui/pill';
import { EmptyState } from '#components/ui/states';
import { Table, Td, Th, Tr } from '#components/ui/table';
import { TimeAgo, TimeAt } from '#components/ui/time-text';
import type { TokenView } from '#lib/incident/people';

const KEY = ['tokens'];

/** Tokens for programs: the own ones; an admin sees everybody's. */
export function TokensPage() {
  const seesAll = useMay('token.all');
  const cache = useQueryClient();
  const [making, setMaking] = useState(false);
  const tokens = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await getJson<{ tokens: TokenView[] }>(seesAll ? '/api/v1/tokens/all' : '/api/v1/tokens', { signal }))
        .tokens,
  });
  const reload = () => void cache.invalidateQueries({ queryKey: KEY });
  const revoke = useMutation({
    mutationFn: (id: string) => postJson(`/api/v1/tokens/${id}`, {}, { method: 'DELETE' }),
    onSettled: reload,
  });
  return (
    <ListFrame
      title="Tokens"
      add={{ words: 'New token', onPress: () => setMaking(true) }}
      query={tokens}
      reading="Reading the tokens"
      over={
        <>
          <TokenDialog open={making} onOpenChange={setMaking} onMade={reload} />
          <ErrorLine error={revoke.error} />
        </>
      }
    >
      {(data) => (
        <Card aria-label="Tokens">
          {data.length === 0 ? (
            <EmptyState icon="lock" title="No tokens yet">
              A token lets a program, such as a schedule, use the API in your name, within a scope.
            </EmptyState>
          ) : (
            <TokenTable tokens={data} seesAll={seesAll} onRevoke={(id) => revoke.mutate(id)} />
          )}
        </Card>
      )}
    </ListFrame>
  );
}

type TokenTableProps = { tokens: readonly TokenView[]; seesAll: boolean; onRevoke: (id: string) => void };

function TokenTable({ tokens, seesAll, onRevoke }: TokenTableProps) {
  return (
    <Table caption="Tokens" density="relaxed">
      <thead>
        <tr>
          <Th>Name</Th>
          {seesAll ? <Th className="max-md:hidden">Of</Th> : null}
          <Th className="max-md:hidden">Scope</Th>
          <Th className="max-md:hidden">Last used</Th>
          <Th className="max-md:hidden">Until</Th>
          <Th>
            <span className="sr-only">Revoke</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {tokens.map(({ id, name, person, scope, lastUsedAt, expiresAt, isExpired }) => (
          <Tr key={id}>
            <Td className="max-md:whitespace-normal max-md:py-2">
              <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
              {/* on a phone there is no room for columns of their own */}
              <span className="block text-text-3 text-xs [overflow-wrap:anywhere] md:hidden">
                {seesAll ? `${person}, ` : ''}
                {scope}, {isExpired ? 'expired' : 'until '}
                {isExpired ? null : <TimeAt iso={expiresAt} to="minute" />}
                {lastUsedAt === null ? ', never used' : ', used '}
                {lastUsedAt === null ? null : <TimeAgo iso={lastUsedAt} />}
              </span>
            </Td>
            {seesAll ? <Td className="max-md:hidden">{person}</Td> : null}
            <Td className="max-md:hidden">{scope}</Td>
            <Td className="text-text-2 max-md:hidden">
              {lastUsedAt === null ? 'never' : <TimeAgo iso={lastUsedAt} />}
            </Td>
            <Td className="text-text-2 max-md:hidden">
              {isExpired ? <Tag>expired</Tag> : <TimeAt iso={expiresAt} to="minute" />}
            </Td>
            <Td className="text-right">
              <Button size="sm" aria-label={`Revoke ${name}`} onClick={() => onRevoke(id)}>
                Revoke
              </Button>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}
