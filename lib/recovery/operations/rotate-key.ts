import { renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeKeyFile, nextFile, syncFolder } from '#lib/adapters/secrets/key-file';
import { keyId, openWith, sealedWith, sealWith } from '#lib/adapters/secrets/secret-box';
import { readKeys } from '#lib/adapters/secrets/secret-keys';
import { writeAudit } from '#lib/adapters/store/audit';
import type { Store } from '#lib/adapters/store/client';
import { SEALED, type SealedValue, withKeyHeld } from '#lib/adapters/store/sealed-values';
import { Bug, Failure } from '#lib/base/failure';
import { shellActor } from '#lib/recovery/access/actor';
import type { Env } from '#lib/recovery/setup/env';

export type Rotated = {
  readonly from: string;
  readonly to: string;
  /** Values that were sealed anew, what is made anew by itself aside. */
  readonly sealed: number;
  /** Values that the key before opened no more either: their passwords must be entered again. */
  readonly lost: readonly Pick<SealedValue, 'what' | 'id' | 'name'>[];
};

/** Where a test ends the process. */
export type Step = 'begun' | 'made' | 'sealed' | 'renamed';

/**
 * Seals every value of the records under a new key. Killed at any point nothing is lost: both keys are there until every
 * value is sealed with the new one, every process reads with both, and the next call goes on where this one ended.
 * With a key in the environment the new one is RECOUNT_SECRET_KEY_NEXT. Failures: env.invalid, server.database.
 */
export async function rotateKey(
  store: Store,
  env: Env,
  databaseUrl: string,
  passed: (step: Step) => void = () => {},
): Promise<Rotated> {
  return withKeyHeld(databaseUrl, async (requireHeld) => {
    passed('begun');
    const { secretKeyFile: file, secretKey } = env;
    if (secretKey === null && readKeys(env).next === null) makeKeyFile(nextFile(file));
    passed('made');
    const { current, next } = readKeys(env);
    if (next === null || keyId(next) === keyId(current)) throw noNext(secretKey !== null);
    const rotated = await sealAnew(store, current, next);
    passed('sealed');
    if (secretKey === null) {
      await requireHeld(); // else somebody may have sealed with the old key since
      renameSync(nextFile(file), file);
      syncFolder(dirname(file));
    }
    passed('renamed');
    return rotated;
  });
}

async function sealAnew(store: Store, current: Buffer, next: Buffer): Promise<Rotated> {
  const to = keyId(next);
  return store.$transaction(async (tx) => {
    let sealed = 0;
    const lost: Rotated['lost'][number][] = [];
    for (const place of SEALED) {
      for (const value of await place.read(tx)) {
        if (sealedWith(value.sealed) === to) continue;
        const text = openWith(current, value.id, value.sealed);
        if (text === null) {
          if (place.isRenewed !== true) lost.push({ what: value.what, id: value.id, name: value.name });
          continue;
        }
        await place.write(tx, value.id, sealWith(next, value.id, text));
        if (place.isRenewed !== true) sealed++;
      }
    }
    const detail = { from: keyId(current), to, sealed, lost: lost.map(({ what, id }) => `${what} ${id}`) };
    await writeAudit(tx, { actor: shellActor(), action: 'secrets.rotate', subject: 'secret key', detail });
    return { from: detail.from, to, sealed, lost };
  });
}

function noNext(isGiven: boolean): Error {
  if (!isGiven) return new Bug('the new key is the old one');
  return new Failure('env.invalid', 'RECOUNT_SECRET_KEY_NEXT must hold the new key', {
    fix: 'Make one with `openssl rand -base64 32`, set it beside RECOUNT_SECRET_KEY for every process, and run this again.',
  });
}
