import { SetPasswordInput, setPassword } from '#lib/recovery/access/set-password';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(SetPasswordInput, setPassword);
