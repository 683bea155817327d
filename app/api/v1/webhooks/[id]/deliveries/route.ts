import { handler } from '#lib/recovery/http/http';
import { ListDeliveriesInput, listDeliveries } from '#lib/recovery/webhooks/list-webhooks';

export const GET = handler(ListDeliveriesInput, listDeliveries);
