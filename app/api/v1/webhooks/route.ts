import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { AddWebhookInput, addWebhook } from '#lib/recovery/webhooks/change-webhooks';
import { listWebhooks } from '#lib/recovery/webhooks/list-webhooks';

export const GET = handler(z.object({}), listWebhooks);
export const POST = handler(AddWebhookInput, addWebhook, { status: 201 });
