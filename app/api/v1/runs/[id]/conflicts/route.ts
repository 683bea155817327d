import { handler } from '#lib/recovery/http/http';
import { ConflictsInput, showConflicts } from '#lib/recovery/runs/read-conflicts';

export const GET = handler(ConflictsInput, showConflicts);
