import { notFound, redirect } from 'next/navigation';

/** What was done with an incident: the audit, narrowed to it. */
export default async function ActivityPage({ params }: { params: Promise<{ ref: string }> }) {
  const { ref } = await params;
  const number = /^(?:inc-)?(\d{1,9})$/i.exec(decodeURIComponent(ref))?.[1];
  if (number === undefined) notFound();
  redirect(`/audit?incident=INC-${number}`);
}
