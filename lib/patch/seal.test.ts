import { describe, expect, it } from 'vitest';
import { sha256 } from '#lib/base/canonical';
import { manifestSha256, type Sealed, sealOf } from '#lib/patch/seal';

const column = { name: 'user_id', sqlType: 'bigint', type: 'BIGINT', nullable: false };
const postgres = { kind: 'postgres', systemIdentifier: '7', database: 'd', schema: 's', table: 't' } as const;
const patch: Sealed = {
  kind: 'patch',
  target: postgres,
  keys: [column],
  measures: [{ ...column, name: 'total', mode: 'set' }],
  counts: { updates: 1, inserts: 0, deletes: 0 },
  blockedBy: [],
  manifest: [{ path: 'a.csv', bytes: 3n, sha256: 'aa' }],
  planSha256: 'p',
};

/** Everything that decides what is written. */
const full: Sealed = {
  kind: 'undo',
  target: postgres,
  keys: [column, { ...column, name: 'hour', sqlType: 'timestamptz' }],
  measures: [{ ...column, name: 'total', mode: 'set' }],
  counts: { updates: 1, inserts: 2, deletes: 3 },
  blockedBy: ['rejects'],
  manifest: [
    { path: 'a.csv', bytes: 3n, sha256: 'aa' },
    { path: 'b.csv', bytes: 4n, sha256: 'bb' },
  ],
  planSha256: 'p',
  undoes: { seal: 'u', choice: 'unmoved', leftOut: [0, 2] },
};
const { undoes: _, ...withoutUndoes } = full;

describe('sealOf', () => {
  it('is 64 hex digits and the same for the same patch', () => {
    expect(sealOf(patch, 'rows')).toMatch(/^[0-9a-f]{64}$/);
    expect(sealOf(structuredClone(patch), 'rows')).toBe(sealOf(patch, 'rows'));
  });

  // Seals stand in ledgers: a patch that was sealed by an earlier Recount must be sealed the same by a later one.
  it('is a hash of the canonical form of all that decides what is written', () => {
    const form = {
      recount: 1n,
      kind: 'undo',
      target: ['postgres', '7', 'd', 's', 't'],
      keys: [
        ['user_id', 'bigint'],
        ['hour', 'timestamptz'],
      ],
      measures: [['total', 'bigint', 'set']],
      counts: [1n, 2n, 3n],
      blockedBy: ['rejects'],
      plan: 'p',
      manifest: [
        ['a.csv', 3n, 'aa'],
        ['b.csv', 4n, 'bb'],
      ],
      rows: 'r',
    };
    expect(sealOf(full, 'r')).toBe(sha256({ ...form, undoes: ['u', 'unmoved', [0n, 2n]] }));
    expect(sealOf(withoutUndoes, 'r')).toBe(sha256(form));
    const target = { kind: 'file', path: 'live.csv' } as const;
    expect(sealOf({ ...withoutUndoes, target }, 'r')).toBe(sha256({ ...form, target: ['file', 'live.csv'] }));
  });

  it.each<[string, Partial<Sealed>]>([
    ['kind', { kind: 'patch' }],
    ['target server', { target: { ...postgres, systemIdentifier: '8' } }],
    ['target database', { target: { ...postgres, database: 'e' } }],
    ['target schema', { target: { ...postgres, schema: 'r' } }],
    ['target table', { target: { ...postgres, table: 'u' } }],
    ['border between database and schema', { target: { ...postgres, database: 'ds', schema: '' } }],
    ['target kind', { target: { kind: 'file', path: 't' } }],
    ['key column', { keys: [{ ...column, name: 'user' }, ...full.keys.slice(1)] }],
    ['type of a key', { keys: [{ ...column, sqlType: 'int' }, ...full.keys.slice(1)] }],
    ['order of the keys', { keys: full.keys.toReversed() }],
    ['measure', { measures: [{ ...column, name: 'sum', mode: 'set' }] }],
    ['type of a measure', { measures: [{ ...column, name: 'total', sqlType: 'int', mode: 'set' }] }],
    ['mode', { measures: [{ ...column, name: 'total', mode: 'delta' }] }],
    ['updates', { counts: { updates: 0, inserts: 2, deletes: 3 } }],
    ['inserts', { counts: { updates: 1, inserts: 0, deletes: 3 } }],
    ['deletes', { counts: { updates: 1, inserts: 2, deletes: 0 } }],
    ['blocks', { blockedBy: [] }],
    ['plan', { planSha256: 'q' }],
    ['path of a file', { manifest: [{ path: 'c.csv', bytes: 3n, sha256: 'aa' }, ...full.manifest.slice(1)] }],
    ['size of a file', { manifest: [{ path: 'a.csv', bytes: 2n, sha256: 'aa' }, ...full.manifest.slice(1)] }],
    [
      'content of a file',
      { manifest: [{ path: 'a.csv', bytes: 3n, sha256: 'ab' }, ...full.manifest.slice(1)] },
    ],
    ['number of files', { manifest: full.manifest.slice(1) }],
    ['patch that is undone', { undoes: { seal: 'v', choice: 'unmoved', leftOut: [0, 2] } }],
    ['choice of the undo', { undoes: { seal: 'u', choice: 'all', leftOut: [0, 2] } }],
    ['rows left out of the undo', { undoes: { seal: 'u', choice: 'unmoved', leftOut: [0, 1] } }],
  ])('changes with the %s', (_, change) => {
    expect(sealOf({ ...full, ...change }, 'rows')).not.toBe(sealOf(full, 'rows'));
  });

  it('changes with the rows', () => {
    expect(sealOf(full, 'rows')).not.toBe(sealOf(full, 'other'));
  });

  it('says nothing of where and by whom the patch was made', () => {
    const elsewhere = { ...full, planFolder: '/elsewhere', author: 'someone', title: 'other', id: '2' };
    expect(sealOf(elsewhere, 'rows')).toBe(sealOf(full, 'rows'));
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

it('a manifest is one hash of path, size and content of every file', () => {
  expect(manifestSha256([{ path: 'a', bytes: 1n, sha256: 'x' }])).toBe(sha256([['a', 1n, 'x']]));
  expect(manifestSha256([])).toBe(sha256([]));
  // by bytes in UTF-8, as every other order of names: U+FF5E before U+1F600
  const files = ['\u{1F600}', '\uFF5E'].map((path) => ({ path, bytes: 1n, sha256: 'x' }));
  expect(manifestSha256(files)).toBe(
    sha256([
      ['\uFF5E', 1n, 'x'],
      ['\u{1F600}', 1n, 'x'],
    ]),
  );
});
