import type { Metadata } from 'next';
import { SharedReport } from '#components/report/shared-report';

export const metadata: Metadata = {
  title: 'Recovery report',
  robots: { index: false, follow: false },
  referrer: 'no-referrer',
};

export default function SharedReportPage() {
  return <SharedReport />;
}
