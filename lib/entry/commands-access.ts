import { closeStore, openStore } from '#lib/adapters/store/client';
import type { Answer } from '#lib/entry/command';
import { runningAddress } from '#lib/entry/instance-lock';
import { withRecords } from '#lib/entry/with-records';
import { shellActor } from '#lib/recovery/access/actor';
import { originOf } from '#lib/recovery/access/auth-of';
import { makeSignInLink } from '#lib/recovery/access/sign-in-link';

/** `sign-in-link`: a way back in for an admin who is locked out, where Recount runs or would run. */
export const signInLinkCommand = (): Promise<Answer> =>
  withRecords(async (env, url) => {
    const store = openStore(url);
    try {
      const origin = env.origin ?? (await runningAddress(env.dataDir)) ?? originOf(env);
      const link = await makeSignInLink(store, origin, shellActor());
      return {
        value: { url: link },
        words: `This link signs an admin in once, within 24 hours:\n  ${link}\n`,
      };
    } finally {
      await closeStore(store);
    }
  });
