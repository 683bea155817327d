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
import { Dialog } from '#components/ui/dialog';
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
  const [ending, setEnding] = useState<TokenView | null>(null);
  const tokens = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      (await getJson<{ tokens: TokenView[] }>(seesAll ? '/api/v1/tokens/all' : '/api/v1/tokens', { signal }))
        .tokens,
  });
  const reload = () => void cache.invalidateQueries({ queryKey: KEY });
  const revoke = useMutation({
    mutationFn: (id: string) => postJson(`/api/v1/tokens/${id}`, {}, { method: 'DELETE' }),
    onSuccess: () => setEnding(null),
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
          <Dialog
            open={ending !== null}
            onOpenChange={(open) => (open ? null : setEnding(null))}
            title={`Revoke ${ending?.name ?? ''}?`}
            description="What uses it is refused from now on. Nothing brings it back; another one can be made."
            actions={
              <>
                <Button onClick={() => setEnding(null)}>Keep it</Button>
                <Button
                  variant="danger"
                  busy={revoke.isPending}
                  busyLabel="Revoking"
                  onClick={() => ending && revoke.mutate(ending.id)}
                >
                  Revoke token
                </Button>
              </>
            }
          >
            {revoke.error === null ? null : <ErrorLine error={revoke.error} />}
          </Dialog>
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
            <TokenTable tokens={data} seesAll={seesAll} onRevoke={setEnding} />
          )}
        </Card>
      )}
    </ListFrame>
  );
}

type TokenTableProps = {
  tokens: readonly TokenView[];
  seesAll: boolean;
  onRevoke: (token: TokenView) => void;
};

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
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} seesAll={seesAll} onRevoke={() => onRevoke(token)} />
        ))}
      </tbody>
    </Table>
  );
}

type TokenRowProps = { token: TokenView; seesAll: boolean; onRevoke: () => void };

function TokenRow({ token, seesAll, onRevoke }: TokenRowProps) {
  const { name, person, scope, lastUsedAt, expiresAt, isExpired } = token;
  return (
    <Tr>
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
        <Button size="sm" aria-label={`Revoke ${name}`} onClick={onRevoke}>
          Revoke
        </Button>
      </Td>
    </Tr>
  );
}
