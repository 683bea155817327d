import { closeStore, openStore } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import type { Answer } from '#lib/entry/command';
import { withRecords } from '#lib/entry/with-records';
import { type Rotated, rotateKey } from '#lib/recovery/operations/rotate-key';

/** `secrets rotate`: a new key for the passwords of live stores, while Recount runs or not. */
export async function secretsCommand(action: string): Promise<Answer> {
  if (action !== 'rotate')
    throw new Failure('command.invalid', `secrets can rotate, not ${JSON.stringify(action)}.`);
  return withRecords(async (env, url) => {
    const store = openStore(url);
    try {
      const rotated = await rotateKey(store, env, url);
      return {
        value: { status: 'rotated', ...rotated },
        words: rotatedWords(rotated, env.secretKey !== null),
      };
    } finally {
      await closeStore(store);
    }
  });
}

function rotatedWords({ sealed, to, lost }: Rotated, isGiven: boolean): string {
  const lines = [`${sealed} ${sealed === 1 ? 'secret is' : 'secrets are'} sealed with the new key ${to}.`];
  for (const { what, name } of lost)
    lines.push(`Not opened, and to be entered again: ${what} ${JSON.stringify(name)}.`);
  if (isGiven)
    lines.push('Put the new key into RECOUNT_SECRET_KEY now, and take RECOUNT_SECRET_KEY_NEXT away.');
  lines.push('A backup that was made before opens with the key before only.');
  lines.push('Unless RECOUNT_SECRET is set, everybody signs in again after the next start.');
  return `${lines.join('\n')}\n`;
}
