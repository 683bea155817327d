import { handler } from '#lib/recovery/http/http';
import {
  ChangeWebhookInput,
  changeWebhook,
  removeWebhook,
  WebhookInput,
} from '#lib/recovery/webhooks/change-webhooks';

export const PATCH = handler(ChangeWebhookInput, changeWebhook);
export const DELETE = handler(WebhookInput, removeWebhook);
