import { handler } from '#lib/recovery/http/http';
import { LeaveOutInput, leaveOutRows, RestoreInput } from '#lib/recovery/runs/leave-out-rows';
import { restoreRows } from '#lib/recovery/runs/restore-rows';

export const POST = handler(LeaveOutInput, leaveOutRows);
export const DELETE = handler(RestoreInput, restoreRows);
