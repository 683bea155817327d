import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import {
  changeNotificationSettings,
  NotificationSettingsInput,
  readNotificationSettings,
} from '#lib/recovery/notifications/notification-settings';

export const GET = handler(z.object({}), readNotificationSettings);
export const PUT = handler(NotificationSettingsInput, changeNotificationSettings);
