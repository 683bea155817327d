import { BeginDraftInput, beginDraft, discardDraft } from '#lib/recovery/calculations/begin-draft';
import { ChangeDraftInput, changeDraft } from '#lib/recovery/calculations/change-draft';
import { CalculationId } from '#lib/recovery/calculations/read-calculations';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(BeginDraftInput, beginDraft, { status: 201 });
export const PUT = handler(ChangeDraftInput, changeDraft);
export const DELETE = handler(CalculationId, discardDraft);
