'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { OwnEmail } from '#components/access/own-email';
import { OwnName } from '#components/access/own-name';
import { Passkeys } from '#components/access/passkey-card';
import { PasswordForm } from '#components/access/password-form';
import { Sessions } from '#components/access/sessions-card';
import { apiErrorOf, getJson } from '#components/query/api.ts';
import { Button } from '#components/ui/button';
import { Card, CardBody, CardHeader } from '#components/ui/card';
import { SkeletonRows } from '#components/ui/loading';
import { PageHeader } from '#components/ui/page';
import { ErrorState } from '#components/ui/states';
import { useToast } from '#components/ui/toast';
import type { MeView } from '#lib/incident/people';

/** Who I am here, how I sign in, and where I am signed in now. */
export function Profile() {
  const cache = useQueryClient();
  const { notify } = useToast();
  const me = useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => getJson<MeView>('/api/v1/me', { signal }),
  });
  const saved = (words: string) => {
    notify({ title: words, tone: 'ok' });
    void cache.invalidateQueries({ queryKey: ['me'] });
  };
  return (
    <>
      <PageHeader title="Profile" size="xl" />
      {me.isError ? (
        <ErrorState
          error={apiErrorOf(me.error)}
          actions={<Button onClick={() => me.refetch()}>Try again</Button>}
        />
      ) : me.data === undefined ? (
        <SkeletonRows rows={4} label="Reading your profile" />
      ) : (
        <div className="grid max-w-[44rem] gap-4">
          <OwnName me={me.data} onSaved={() => saved('Your name is changed.')} />
          {/* who has none yet gives it with the first password */}
          {me.data.email === null ? null : (
            <OwnEmail
              key={me.data.email}
              email={me.data.email}
              onSaved={() => saved('Your e-mail is changed. All other sessions have ended.')}
            />
          )}
          <Card labelledBy="password">
            <CardHeader titleId="password" title="Password" meta={me.data.hasPassword ? 'set' : 'none yet'} />
            <CardBody>
              <PasswordForm
                key={me.data.email}
                me={me.data}
                onSaved={() => saved('Your password is set. All other sessions have ended.')}
              />
            </CardBody>
          </Card>
          <Passkeys me={me.data} onChanged={saved} />
          <Sessions />
        </div>
      )}
    </>
  );
}
