import { handler } from '#lib/recovery/http/http';
import { revokeToken, TokenInput } from '#lib/recovery/tokens/tokens';

export const DELETE = handler(TokenInput, revokeToken);
