import type { Metadata } from 'next';
import { nextPath } from '#components/access/next-path.ts';
import { SignInCard } from '#components/access/sign-in-card';
import { troubleWords } from '#components/access/trouble-words.ts';
import { readEnv } from '#lib/recovery/setup/env';
import { providerName } from '#lib/recovery/setup/env-access';

export const metadata: Metadata = { title: 'Sign in' };

type SignInProps = { searchParams: Promise<{ next?: string | string[]; error?: string | string[] }> };

export default async function SignInPage({ searchParams }: SignInProps) {
  const { next, error } = await searchParams;
  const provider = providerName(readEnv());
  return <SignInCard next={nextPath(next)} provider={provider} trouble={troubleWords(error)} />;
}
