import { handler } from '#lib/recovery/http/http';
import {
  EndOldSecretInput,
  endOldSecret,
  RenewSecretInput,
  renewSecret,
} from '#lib/recovery/webhooks/webhook-secret';

export const DELETE = handler(EndOldSecretInput, endOldSecret);
export const POST = handler(RenewSecretInput, renewSecret);
