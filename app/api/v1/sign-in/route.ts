import { SignInInput, signIn } from '#lib/recovery/access/sign-in';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(SignInInput, signIn, { open: true });
