import { handler } from '#lib/recovery/http/http';
import { ReadNotificationsInput, readNotifications } from '#lib/recovery/notifications/read-notifications';

export const POST = handler(ReadNotificationsInput, readNotifications);
