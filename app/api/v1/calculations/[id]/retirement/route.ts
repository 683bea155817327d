import { reinstateCalculation, retireCalculation } from '#lib/recovery/calculations/change-calculation';
import { CalculationId } from '#lib/recovery/calculations/read-calculations';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(CalculationId, retireCalculation);
export const DELETE = handler(CalculationId, reinstateCalculation);
