import type { Metadata } from 'next';
import { nextPath } from '#components/access/next-path.ts';
import { SignInCard } from '#components/access/sign-in-card';

export const metadata: Metadata = { title: 'Sign in' };

type SignInProps = { searchParams: Promise<{ next?: string | string[] }> };

export default async function SignInPage({ searchParams }: SignInProps) {
  return <SignInCard next={nextPath((await searchParams).next)} />;
}
