import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import { checked, errorResponse, json, unknownAddress } from '#lib/recovery/http/http';
import { refuseForeign, refuseUnreadable, securityHeaders } from '#lib/recovery/http/http-guard';

const HERE = '127.0.0.1:4000';
const request = (method: string, headers: Record<string, string>, path = '/api/v1/incidents') => ({
  method,
  path,
  header: (name: string) => headers[name] ?? null,
});

describe('refuseForeign', () => {
  it.each([
    ['GET', { host: HERE }],
    ['GET', { host: 'localhost:4000', 'sec-fetch-site': 'cross-site' }], // a link from elsewhere
    ['POST', { host: HERE }], // curl
    ['POST', { host: HERE, origin: `http://${HERE}`, 'sec-fetch-site': 'same-origin' }],
    ['POST', { host: '[::1]:4000', origin: 'http://[::1]:4000' }],
  ])('lets in %s %o', (method, headers) => {
    expect(() => refuseForeign(request(method, headers))).not.toThrow();
  });

  it.each([
    ['GET', {}],
    ['GET', { host: 'evil.example' }], // a name that was bound to this machine
    ['GET', { host: '127.0.0.1.evil.example:4000' }],
    ['POST', { host: HERE, origin: 'https://evil.example' }],
    ['POST', { host: HERE, origin: 'http://127.0.0.1:5000' }],
    ['POST', { host: HERE, origin: 'null' }],
    ['DELETE', { host: HERE, 'sec-fetch-site': 'cross-site' }],
    ['PUT', { host: HERE, 'sec-fetch-site': 'same-site' }],
    ['POST', { host: HERE, origin: `http://${HERE}`, 'sec-fetch-site': 'none' }],
  ])('refuses %s %o', (method, headers) => {
    expect(() => refuseForeign(request(method, headers))).toThrow(
      expect.objectContaining({ code: 'request.forbidden' }),
    );
  });

  it.each(['/api/v1/health', '/api/v1/ready'])(
    'tells a probe %s whatever the Host, and takes no write',
    (path) => {
      const probe = (method: string) => () => refuseForeign(request(method, { host: '10.0.0.7:4000' }, path));
      for (const method of ['GET', 'HEAD']) expect(probe(method)).not.toThrow();
      expect(probe('POST')).toThrow();
      expect(() => refuseForeign(request('GET', {}, path), 'https://recount.example.org')).not.toThrow();
      for (const other of [`${path}/x`, `/x${path}`, '/api/v1/metrics', path.replace('h', '%68')])
        if (other !== path) expect(() => refuseForeign(request('GET', { host: 'x' }, other))).toThrow();
    },
  );

  it('answers for the origin of a team only', () => {
    const own = 'https://recount.example.org';
    const asks = (method: string, headers: Record<string, string>) => () =>
      refuseForeign(request(method, headers), own);
    expect(asks('GET', { host: 'recount.example.org' })).not.toThrow();
    expect(asks('POST', { host: 'recount.example.org', origin: own })).not.toThrow();
    expect(asks('GET', { host: HERE })).toThrow();
    expect(asks('GET', { host: 'recount.example.org:8443' })).toThrow();
    expect(asks('POST', { host: 'recount.example.org', origin: 'http://recount.example.org' })).toThrow();
    expect(asks('POST', { host: 'recount.example.org', origin: 'https://evil.example' })).toThrow();
  });
});

it.each(['/api/v1/patches/%zz', '/api/v1/patches/%ff', '/incidents/%00', '/%e2%28'])(
  'refuses the address %s as a request, not as a fault',
  (url) => {
    expect(() => refuseUnreadable(url)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    expect(() => refuseUnreadable(`/incidents?q=${url}`)).not.toThrow();
  },
);

describe('answers', () => {
  it('write a bigint as text and are not cached', async () => {
    const response = json({ events: 9_007_199_254_740_993n, list: [1n] });
    expect(await response.text()).toBe('{"events":"9007199254740993","list":["1"]}');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('give a failure its status, code, words and facts', async () => {
    const failure = new Failure('patch.stale', 'two rows moved', { details: { rows: [['1'], ['2']] } });
    const response = errorResponse(failure, new Request('http://localhost/x'));
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      error: { code: 'patch.stale', message: 'two rows moved', fix: 'Preview again.', rows: [['1'], ['2']] },
    });
  });

  it('tell nothing of a fault but its request id', async () => {
    const response = errorResponse(
      new Error('password=s3cret at /home/me'),
      new Request('http://localhost/x'),
    );
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toMatch(/s3cret|home/);
    expect(JSON.parse(text).error).toMatchObject({
      code: 'server.fault',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('say in JSON that the API does not have an address', async () => {
    const response = unknownAddress(new Request('http://localhost/api/v1/nope?x=1'));
    expect(response.status).toBe(404);
    expect((await response.json()).error).toMatchObject({
      code: 'not_found',
      message: 'The API has nothing at /api/v1/nope.',
    });
  });

  it('name each wrong field', () => {
    const schema = z.object({ seal: z.string(), rows: z.number() });
    expect(() => checked(schema, { rows: 'x' })).toThrow(
      expect.objectContaining({
        code: 'request.invalid',
        details: {
          problems: [expect.objectContaining({ path: 'seal' }), expect.objectContaining({ path: 'rows' })],
        },
      }),
    );
  });
});

it('lets no inline script run without the nonce, and no page be framed', () => {
  const policy =
    securityHeaders('abc', { development: false, https: false })['Content-Security-Policy'] ?? '';
  expect(policy).toContain("script-src 'self' 'nonce-abc';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe-eval');
  const developing = securityHeaders('abc', { development: true, https: false });
  expect(developing['Content-Security-Policy']).toContain("'unsafe-eval'");
  expect(developing['Strict-Transport-Security']).toBeUndefined();
  const safe = securityHeaders('abc', { development: false, https: true });
  expect(safe['Strict-Transport-Security']).toMatch(/^max-age=31536000/);
});
