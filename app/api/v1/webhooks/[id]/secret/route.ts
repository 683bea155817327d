import { handler } from '#lib/recovery/http/http';
import { renewSecret, WebhookInput } from '#lib/recovery/webhooks/change-webhooks';

export const POST = handler(WebhookInput, renewSecret);
