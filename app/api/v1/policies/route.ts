import { z } from 'zod';
import { handler } from '#lib/recovery/http/http';
import { ChangePoliciesInput, changePolicies } from '#lib/recovery/policies/change-policies';
import { readPolicies } from '#lib/recovery/policies/read-policies';

export const GET = handler(z.object({}), readPolicies);
export const PUT = handler(ChangePoliciesInput, changePolicies);
