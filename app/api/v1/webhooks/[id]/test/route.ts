import { handler } from '#lib/recovery/http/http';
import { TestWebhookInput, testWebhook } from '#lib/recovery/webhooks/resend-delivery';

export const POST = handler(TestWebhookInput, testWebhook, { status: 202 });
