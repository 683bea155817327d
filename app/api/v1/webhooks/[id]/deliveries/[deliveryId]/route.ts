import { handler } from '#lib/recovery/http/http';
import { ResendInput, resendDelivery } from '#lib/recovery/webhooks/resend-delivery';

export const POST = handler(ResendInput, resendDelivery, { status: 202 });
