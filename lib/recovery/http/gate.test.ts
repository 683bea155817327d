import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { addressOf, isClosedPage, unknownProxy } from '#lib/recovery/http/gate';

it.each([
  '/',
  '/incidents',
  '/incidents?_rsc=abc',
  '/incidents.rsc',
  '/settings/people',
  '/sign-in/x',
  '/nope',
  '/api/../incidents',
  '/api/%2e%2e/incidents',
  '/_next/static/../../incidents',
  '/_next/static/..%2fincidents',
  '/_next/data/x/incidents.json',
  '/_next/image?url=/incidents',
  '/r/',
  '//incidents',
  '/_NEXT/static/a.js',
])('%s needs signing in', (url) => expect(isClosedPage(url, false)).toBe(true));

it.each([
  '/sign-in',
  '/sign-in?next=%2Fincidents',
  '/welcome',
  '/invitation',
  '/r',
  '/icon.svg',
  '/_next/static/chunks/app/(dashboard)/page-0a1b.js',
  '/_next/static/css/a.b-c.css',
  '/_next/static/chunks/%5Bref%5D.js',
  '/api/v1/incidents',
])('%s answers for itself', (url) => expect(isClosedPage(url, false)).toBe(false));

function from(remoteAddress: string, forwarded?: string): IncomingMessage {
  const request = new IncomingMessage(
    Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress }),
  );
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  return request;
}

it('believes a forwarded address from trusted proxies only', () => {
  expect(addressOf(from('::ffff:10.0.0.5'), [])).toBe('10.0.0.5');
  expect(addressOf(from('10.0.0.5', '1.2.3.4'), [])).toBe('10.0.0.5');
  expect(addressOf(from('10.0.0.5', '6.6.6.6, 1.2.3.4'), ['10.0.0.5'])).toBe('1.2.3.4');
  expect(addressOf(from('10.0.0.5', '1.2.3.4, 10.0.0.6'), ['10.0.0.0/8'])).toBe('1.2.3.4');
  expect(addressOf(from('9.9.9.9', '1.2.3.4'), ['10.0.0.0/8'])).toBe('9.9.9.9');
});

it('knows a proxy that is not trusted by what it passes on', () => {
  expect(unknownProxy(from('10.0.0.5'), [])).toBeNull();
  expect(unknownProxy(from('10.0.0.5', '1.2.3.4'), ['10.0.0.5'])).toBeNull();
  expect(unknownProxy(from('::ffff:10.0.0.6', '1.2.3.4'), ['10.0.0.5'])).toBe('10.0.0.6');
});
