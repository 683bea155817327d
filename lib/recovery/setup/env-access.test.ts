import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import { readEnv } from '#lib/recovery/setup/env';
import { isTrusted } from '#lib/recovery/setup/env-access';

const STRONG = randomBytes(48).toString('base64');
const TEAM = { HOST: '0.0.0.0', RECOUNT_ORIGIN: 'https://recount.example.org', RECOUNT_SECRET: STRONG };

function wrong(variables: Record<string, string>): unknown {
  try {
    readEnv(variables);
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.details.variables;
    throw error;
  }
}

describe('for a team', () => {
  it('another address than loopback needs a secret and an https origin, each named', () => {
    expect(wrong({ HOST: '0.0.0.0' })).toEqual(['RECOUNT_SECRET', 'RECOUNT_ORIGIN']);
    expect(wrong({ ...TEAM, RECOUNT_ORIGIN: '' })).toEqual(['RECOUNT_ORIGIN']);
    expect(wrong(TEAM)).toEqual([]);
    expect(wrong({})).toEqual([]);
    expect(readEnv(TEAM)).toMatchObject({ host: '0.0.0.0', origin: TEAM.RECOUNT_ORIGIN, secret: STRONG });
  });

  it.each([
    'http://recount.example.org',
    'https://recount.example.org/',
    'https://recount.example.org/app',
    'recount.example.org',
  ])('%s is no origin', (origin) => {
    expect(wrong({ ...TEAM, RECOUNT_ORIGIN: origin })).toEqual(['RECOUNT_ORIGIN']);
  });

  it.each(['short', 'a'.repeat(64), 'changeme'.repeat(8), 'ab'.repeat(32), `${'0'.repeat(50)}1`])(
    'the secret %s is refused',
    (secret) => {
      expect(wrong({ ...TEAM, RECOUNT_SECRET: secret })).toEqual(['RECOUNT_SECRET']);
    },
  );

  it('OpenID Connect is set whole or not at all', () => {
    expect(wrong({ RECOUNT_OIDC_ISSUER: 'https://id.example.org' })).toEqual([
      'RECOUNT_OIDC_CLIENT_ID',
      'RECOUNT_OIDC_CLIENT_SECRET',
    ]);
    expect(wrong({ RECOUNT_OIDC_ISSUER: 'http://id.example.org' })).toContain('RECOUNT_OIDC_ISSUER');
    expect(wrong({ RECOUNT_TRUSTED_PROXIES: '10.0.0.1,proxy' })).toEqual(['RECOUNT_TRUSTED_PROXIES']);
  });
});

it('believes the listed proxies only', () => {
  const trusted = ['10.0.0.5', '192.168.0.0/16', 'fd00::/8'];
  expect(isTrusted('10.0.0.5', trusted)).toBe(true);
  expect(isTrusted('192.168.7.9', trusted)).toBe(true);
  expect(isTrusted('fd12::1', trusted)).toBe(true);
  expect(isTrusted('10.0.0.6', trusted)).toBe(false);
  expect(isTrusted('not-an-address', trusted)).toBe(false);
});
