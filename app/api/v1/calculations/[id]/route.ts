import { ChangeCalculationInput, changeCalculation } from '#lib/recovery/calculations/change-calculation';
import { CalculationId, readCalculation } from '#lib/recovery/calculations/read-calculations';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(CalculationId, readCalculation);
export const PATCH = handler(ChangeCalculationInput, changeCalculation);
