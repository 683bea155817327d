import type { Metadata } from 'next';
import { InvitationCard } from '#components/access/invitation-card';

export const metadata: Metadata = { title: 'Invitation', referrer: 'no-referrer' };

export default function InvitationPage() {
  return <InvitationCard />;
}
