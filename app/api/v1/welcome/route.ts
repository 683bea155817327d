import { openWelcome, WelcomeInput } from '#lib/recovery/access/open-welcome';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(WelcomeInput, openWelcome, { open: true });
