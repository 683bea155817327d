import { handler } from '#lib/recovery/http';
import { LeaveOutInput, leaveOutRows, RestoreInput } from '#lib/recovery/leave-out-rows';
import { restoreRows } from '#lib/recovery/restore-rows';

export const POST = handler(LeaveOutInput, leaveOutRows);
export const DELETE = handler(RestoreInput, restoreRows);
