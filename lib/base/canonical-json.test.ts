import { expect, it } from 'vitest';
import { canonicalJson } from '#lib/base/canonical-json';

it('writes the example of RFC 8785 as the RFC does', () => {
  const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`;
  expect(canonicalJson(JSON.parse(text))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

it('sorts keys by their UTF-16 units, also those that look like numbers', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6', '10', '9'];
  const value = Object.fromEntries(keys.map((key) => [key, 0]));
  const sorted = ['\r', '1', '10', '9', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
  expect(canonicalJson(value)).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`);
});

it('leaves out what has no value and refuses what JSON cannot hold', () => {
  expect(canonicalJson({ b: [1, '\ud800'], a: undefined })).toBe('{"b":[1,"\ufffd"]}');
  expect(() => canonicalJson({ a: 1n })).toThrow('cannot hold a bigint');
  expect(() => canonicalJson([Number.NaN])).toThrow('cannot hold NaN');
});
