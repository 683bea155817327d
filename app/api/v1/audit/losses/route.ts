import { AcknowledgeLossInput, acknowledgeLoss } from '#lib/recovery/audit/acknowledge-loss';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(AcknowledgeLossInput, acknowledgeLoss, { status: 201 });
