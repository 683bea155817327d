import { handler } from '#lib/recovery/http/http';
import { PatchInput } from '#lib/recovery/patches/read-patch';
import { readUndoOutlook } from '#lib/recovery/patches/undo-outlook';

// it asks the live store: no page and no link of another site can have it done by a GET
export const POST = handler(PatchInput, readUndoOutlook);
