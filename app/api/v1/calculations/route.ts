import { z } from 'zod';
import { listCalculations } from '#lib/recovery/calculations/read-calculations';
import { SaveCalculationInput, saveCalculation } from '#lib/recovery/calculations/save-calculation';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(z.object({}), listCalculations);
export const POST = handler(SaveCalculationInput, saveCalculation, { status: 201 });
