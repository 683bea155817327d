import { request } from '@playwright/test';
import { ask } from './databases.ts';
import { adminState, installation } from './installation.ts';

/** Opens the link that `npm start` printed, and keeps the session for all tests: they are the first admin. */
export default async function firstSignIn(): Promise<void> {
  const token = process.env.RECOUNT_E2E_TOKEN;
  if (token === undefined) throw new Error('`npm start` printed no sign-in link');
  const client = await request.newContext({ baseURL: `http://127.0.0.1:${installation().port}` });
  const answer = await client.post('/api/v1/welcome', { data: { token } });
  if (!answer.ok()) throw new Error(`the sign-in link answers ${answer.status()}: ${await answer.text()}`);
  // the admin signs in once and has no password to prove anything with: one proof holds for all tests
  await ask('records', 'update policy set proof_minutes = 720');
  await client.storageState({ path: adminState(installation()) });
  await client.dispose();
}
