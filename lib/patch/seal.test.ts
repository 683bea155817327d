import { describe, expect, it } from 'vitest';
import { manifestSha256, type Sealed, sealOf } from '#lib/patch/seal';

const column = { name: 'user_id', sqlType: 'bigint', type: 'BIGINT', nullable: false };
const patch: Sealed = {
  kind: 'patch',
  target: { kind: 'postgres', systemIdentifier: '7', database: 'd', schema: 's', table: 't' },
  keys: [column],
  measures: [{ ...column, name: 'total', mode: 'set' }],
  counts: { updates: 1, inserts: 0, deletes: 0 },
  blockedBy: [],
  manifest: [{ path: 'a.csv', bytes: 3n, sha256: 'aa' }],
  planSha256: 'p',
};

describe('sealOf', () => {
  const seal = sealOf(patch, 'rows');
  it('is 64 hex digits and the same for the same patch', () => {
    expect(seal).toMatch(/^[0-9a-f]{64}$/);
    expect(sealOf(structuredClone(patch), 'rows')).toBe(seal);
  });

  it.each<[string, Sealed, string]>([
    ['rows', patch, 'other'],
    [
      'target',
      {
        ...patch,
        target: { kind: 'postgres', systemIdentifier: '8', database: 'd', schema: 's', table: 't' },
      },
      'rows',
    ],
    [
      'a shifted target',
      {
        ...patch,
        target: { kind: 'postgres', systemIdentifier: '7', database: 'ds', schema: '', table: 't' },
      },
      'rows',
    ],
    ['mode', { ...patch, measures: [{ ...column, name: 'total', mode: 'delta' }] }, 'rows'],
    ['key column', { ...patch, keys: [{ ...column, name: 'user' }] }, 'rows'],
    ['blocks', { ...patch, blockedBy: ['rejects'] }, 'rows'],
    ['plan', { ...patch, planSha256: 'q' }, 'rows'],
    ['manifest', { ...patch, manifest: [{ path: 'b.csv', bytes: 3n, sha256: 'aa' }] }, 'rows'],
    ['undo', { ...patch, kind: 'undo' }, 'rows'],
  ])('changes with the %s', (_, other, rows) => {
    expect(sealOf(other, rows)).not.toBe(seal);
  });
});

it('a manifest is sorted by path', () => {
  const [a, b] = [
    { path: 'a', bytes: 1n, sha256: 'x' },
    { path: 'b', bytes: 2n, sha256: 'y' },
  ];
  expect(manifestSha256([b, a])).toBe(manifestSha256([a, b]));
  expect(manifestSha256([a])).not.toBe(manifestSha256([a, b]));
});
