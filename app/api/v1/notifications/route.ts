import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';

export const GET = handler(z.object({}), listNotifications);
