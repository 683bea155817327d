import { StartTestInput, startTest } from '#lib/recovery/calculations/start-test';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(StartTestInput, startTest, { status: 202 });
