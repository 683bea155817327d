import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSecret, readOrMakeKey, sealSecret } from '#lib/adapters/secrets/secret-box';

const dir = mkdtempSync(path.join(tmpdir(), 'recount-key-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('readOrMakeKey', () => {
  it('makes a private key once and reads it again', () => {
    const file = path.join(dir, 'made', 'secret.key');
    const key = readOrMakeKey(file);
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readOrMakeKey(file).equals(key)).toBe(true);
  });

  it('refuses a short key and one that others may read', () => {
    const file = path.join(dir, 'short.key');
    writeFileSync(file, 'short', { mode: 0o600 });
    expect(() => readOrMakeKey(file)).toThrow(/has 5 bytes, not 32/);
    chmodSync(file, 0o644);
    expect(() => readOrMakeKey(file)).toThrow(/may be read by other accounts/);
  });
});

describe('sealSecret', () => {
  const key = readOrMakeKey(path.join(dir, 'secret.key'));

  it('opens for the same record only, and never looks the same twice', () => {
    const sealed = sealSecret(key, 'a', 'pässword');
    expect(openSecret(key, 'a', sealed)).toBe('pässword');
    expect(() => openSecret(key, 'b', sealed)).toThrow(/cannot be opened/);
    expect(sealSecret(key, 'a', 'pässword')).not.toEqual(sealed);
  });

  it('notices every changed byte', () => {
    const sealed = sealSecret(key, 'a', 'secret');
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      expect(() => openSecret(key, 'a', changed)).toThrow(/cannot be opened/);
    }
    expect(() => openSecret(readOrMakeKey(path.join(dir, 'other.key')), 'a', sealed)).toThrow(
      /cannot be opened/,
    );
  });
});
