'use client';

import { useMutation } from '@tanstack/react-query';
import { postJson } from '#components/query/api.ts';
import { setLeaving } from '#components/query/leaving.ts';
import { IconButton } from '#components/ui/button';

/** Ends the session of this browser. A whole new page follows: nothing of it stays in memory. */
export function SignOutButton({ size = 'sm' }: { size?: 'sm' | 'md' }) {
  const signOut = useMutation({
    mutationFn: () => {
      setLeaving(true);
      return postJson('/api/v1/sign-out');
    },
    onError: () => setLeaving(false),
    onSuccess: () => window.location.assign('/sign-in'),
  });
  return (
    <IconButton
      icon="sign-out"
      label={signOut.isError ? "Can't sign out; try again" : 'Sign out'}
      size={size}
      disabled={signOut.isPending}
      onClick={() => signOut.mutate()}
    />
  );
}
