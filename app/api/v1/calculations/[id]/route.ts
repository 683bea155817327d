import { DescribeCalculationInput, describeCalculation } from '#lib/recovery/calculations/change-draft';
import { CalculationId, readCalculation } from '#lib/recovery/calculations/read-calculations';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(CalculationId, readCalculation);
export const PATCH = handler(DescribeCalculationInput, describeCalculation);
