import type { IconName } from '#components/ui/icon';

export type Destination = {
  href: string;
  label: string;
  icon: IconName;
  /** Which count of GET /api/v1/incidents stands beside it. */
  count?: 'open';
};

/** The places one can go to, top to bottom. A page that works gets its line here. */
export const DESTINATIONS: readonly Destination[] = [
  { href: '/incidents', label: 'Incidents', icon: 'incident', count: 'open' },
  { href: '/calculations', label: 'Calculations', icon: 'formula' },
  { href: '/audit', label: 'Audit', icon: 'shield' },
  { href: '/settings', label: 'Settings', icon: 'gear' },
];
