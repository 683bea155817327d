import type { Metadata } from 'next';
import { NewIncident } from '#components/new-incident/new-incident';

export const metadata: Metadata = { title: 'New incident' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** `?incident=INC-7` opens the set-up of one that is there. */
export default async function Page({ searchParams }: Props) {
  const { incident } = await searchParams;
  return <NewIncident reference={typeof incident === 'string' ? incident : null} />;
}
