import { handler } from '#lib/recovery/http/http';
import { ProposeUndoInput, proposeUndo } from '#lib/recovery/patches/propose-undo';

export const POST = handler(ProposeUndoInput, proposeUndo, { status: 201 });
