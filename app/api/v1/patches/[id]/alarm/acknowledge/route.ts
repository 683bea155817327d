import { handler } from '#lib/recovery/http/http';
import { AcknowledgeAlarmInput, acknowledgeAlarm } from '#lib/recovery/patches/acknowledge-alarm';

export const POST = handler(AcknowledgeAlarmInput, acknowledgeAlarm);
