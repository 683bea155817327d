import { keysInWords } from '#lib/adapters/secrets/secret-keys';
import { lostValues } from '#lib/adapters/store/sealed-values';
import type { Context } from '#lib/recovery/setup/context';

/** What is to be said of the key at a start, a line each; nothing while every password opens. */
export async function keyTroubles({
  store,
  env,
  key,
}: Pick<Context, 'store' | 'env' | 'key'>): Promise<string[]> {
  const lost = await lostValues(store, key);
  const { nextId } = keysInWords(env);
  const where = env.secretKey === null ? env.secretKeyFile : 'RECOUNT_SECRET_KEY';
  const words: string[] = [];
  if (lost.length > 0) {
    const names = lost.map(({ what, name }) => `${what} ${JSON.stringify(name)}`).join(', ');
    words.push(
      `the key in ${where} is not the one that these passwords were sealed with: ${names}. Bring the key back, or enter them again; nothing else is lost.`,
    );
  }
  if (nextId !== null && env.secretKey === null)
    words.push(
      'a rotation of the key did not come to its end; `npm run -s recount -- secrets rotate` goes on with it.',
    );
  return words;
}
