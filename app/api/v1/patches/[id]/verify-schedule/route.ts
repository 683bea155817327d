import { handler } from '#lib/recovery/http/http';
import { changeVerifySchedule, VerifyScheduleInput } from '#lib/recovery/patches/change-verify-schedule';

/** How often it is compared by itself. */
export const PUT = handler(VerifyScheduleInput, changeVerifySchedule);
