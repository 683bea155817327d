import type { Metadata } from 'next';
import { WelcomeCard } from '#components/access/welcome-card';

export const metadata: Metadata = { title: 'Welcome', referrer: 'no-referrer' };

export default function WelcomePage() {
  return <WelcomeCard />;
}
