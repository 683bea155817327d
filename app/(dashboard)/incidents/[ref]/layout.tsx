import type { Metadata } from 'next';
import { type ReactNode, Suspense } from 'react';
import { Workspace } from '#components/workspace/workspace';

type Props = { params: Promise<{ ref: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { ref } = await params;
  return { title: decodeURIComponent(ref) };
}

export default async function IncidentLayout({ params, children }: Props & { children: ReactNode }) {
  const { ref } = await params;
  return (
    <Suspense>
      <Workspace reference={decodeURIComponent(ref)}>{children}</Workspace>
    </Suspense>
  );
}
