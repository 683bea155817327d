import type { Metadata } from 'next';
import { NotificationSettingsPage } from '#components/notifications/notification-settings';

export const metadata: Metadata = { title: 'Notifications' };

export default function Notifications() {
  return <NotificationSettingsPage />;
}
