import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeKeyFile, nextFile } from '#lib/adapters/secrets/key-file';
import { keyId, openWith, sealedWith, sealWith } from '#lib/adapters/secrets/secret-box';
import { openKeys, openSecret, readKeys, sealSecret } from '#lib/adapters/secrets/secret-keys';
import { Secret } from '#lib/base/secret';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-key-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const of = (name: string) => ({ secretKeyFile: path.join(dir, name), secretKey: null });

describe('a key file', () => {
  it('is made once, for its owner only, and read again', () => {
    const source = of('made/secret.key');
    const { current, next } = readKeys(source);
    expect([current.length, next]).toEqual([32, null]);
    expect(statSync(source.secretKeyFile).mode & 0o777).toBe(0o600);
    makeKeyFile(source.secretKeyFile);
    expect(readKeys(source).current.equals(current)).toBe(true);
  });

  it('is refused where it is short, and where others may read it', () => {
    const source = of('short.key');
    writeFileSync(source.secretKeyFile, 'short', { mode: 0o600 });
    expect(() => openKeys(source)).toThrow(/has 5 bytes, not 32/);
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      chmodSync(source.secretKeyFile, mode);
      expect(() => openKeys(source)).toThrow(/may be read by other accounts/);
    }
  });
});

describe('a sealed secret', () => {
  const keys = openKeys(of('secret.key'));

  it('opens for the same record only, and never looks the same twice', () => {
    const sealed = sealSecret(keys, 'a', 'pässword');
    expect(openSecret(keys, 'a', sealed)).toBe('pässword');
    expect(() => openSecret(keys, 'b', sealed)).toThrow(/cannot be opened/);
    expect(sealSecret(keys, 'a', 'pässword')).not.toEqual(sealed);
  });

  it('notices every changed byte', () => {
    const sealed = sealSecret(keys, 'a', 'secret');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      expect(() => openSecret(keys, 'a', changed)).toThrow(/cannot be opened/);
    }
    expect(() => openSecret(openKeys(of('other.key')), 'a', sealed)).toThrow(/cannot be opened/);
  });

  it('of before keys had ids is opened too', () => {
    const { current } = readKeys(of('secret.key'));
    const sealed = sealWith(current, 'a', 'old');
    const before = Uint8Array.from([1, ...sealed.subarray(9)]);
    expect(sealedWith(before)).toBeNull();
    expect(openWith(current, 'a', before)).toBe('old');
    expect(openSecret(keys, 'a', before)).toBe('old');
  });
});

it('a process that runs while the key is changed opens old and new, and seals with the new one', () => {
  const source = of('turned.key');
  const keys = openKeys(source);
  const before = readKeys(source).current;
  const old = keys.seal('a', 'one');
  makeKeyFile(nextFile(source.secretKeyFile));
  const next = readKeys(source).next;
  if (next === null) throw new Error('there is no next key');
  expect(keys.open('b', sealWith(next, 'b', 'two'))).toBe('two');
  expect(sealedWith(keys.seal('c', 'three'))).toBe(keyId(before));
  renameSync(nextFile(source.secretKeyFile), source.secretKeyFile);
  expect(sealedWith(keys.seal('c', 'three'))).toBe(keyId(next));
  expect(keys.open('a', old)).toBeNull();
  expect(existsSync(nextFile(source.secretKeyFile))).toBe(false);
});

it('a key of the environment stands before the file', () => {
  const [one, two] = ['A', 'B'].map((letter) => new Secret(Buffer.alloc(32, letter).toString('base64')));
  const file = path.join(dir, 'never.key');
  const sealed = openKeys({ secretKeyFile: file, secretKey: { current: two!, next: null } }).seal('a', 'x');
  const both = openKeys({ secretKeyFile: file, secretKey: { current: one!, next: two! } });
  expect(both.open('a', sealed)).toBe('x');
  expect(
    openKeys({ secretKeyFile: file, secretKey: { current: one!, next: null } }).open('a', sealed),
  ).toBeNull();
  expect(existsSync(file)).toBe(false);
  expect(both.derive('a')).not.toEqual(both.derive('b'));
});
