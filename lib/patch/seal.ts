import type { ManifestFile } from '#lib/archive/archive';
import { type Canonical, sha256 } from '#lib/base/canonical';
import { literal } from '#lib/base/sql';
import type { PatchHeader, TargetIdentity, Undoes } from '#lib/patch/patch';

/** Everything of a patch but its rows that decides what will be written. */
export type Sealed = Pick<
  PatchHeader,
  'kind' | 'target' | 'keys' | 'measures' | 'counts' | 'blockedBy' | 'manifest' | 'planSha256' | 'undoes'
>;

/**
 * The seal: SHA-256 over a canonical, length-prefixed form of all that decides what will be written. The rows enter as
 * the digest that `rowDigestsSql` leads to, the plan as the hash of its canonical form without the title.
 */
export function sealOf(patch: Sealed, rowsSha256: string): string {
  return sha256({
    recount: 1n,
    kind: patch.kind,
    target: identity(patch.target),
    keys: patch.keys.map((k) => [k.name, k.sqlType]),
    measures: patch.measures.map((m) => [m.name, m.sqlType, m.mode]),
    counts: [patch.counts.updates, patch.counts.inserts, patch.counts.deletes].map(BigInt),
    blockedBy: [...patch.blockedBy],
    plan: patch.planSha256,
    manifest: patch.manifest.map(manifestLine),
    rows: rowsSha256,
    ...(patch.undoes === undefined ? {} : { undoes: undone(patch.undoes) }),
  });
}

const identity = (target: TargetIdentity): Canonical =>
  target.kind === 'file'
    ? ['file', target.path]
    : ['postgres', target.systemIdentifier, target.database, target.schema, target.table];

const undone = ({ seal, choice, leftOut }: Undoes): Canonical => [seal, choice, leftOut.map(BigInt)];

const manifestLine = (file: ManifestFile): Canonical => [file.path, file.bytes, file.sha256];

/** SHA-256 of an archive's manifest: relative path, size and SHA-256 of every opened file, sorted by path. */
export function manifestSha256(files: readonly ManifestFile[]): string {
  const sorted = [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return sha256(sorted.map(manifestLine));
}

/**
 * One SHA-256 a patch row, in order, as lines of hex: over its canonical, length-prefixed form. The digest of those
 * lines stands for the rows in the seal; DuckDB makes it from `patch.parquet` at preview and again at apply.
 */
export function rowDigestsSql(patchParquet: string, keys: number, measures: number): string {
  const part = (column: string): string =>
    `coalesce('s' || octet_length(encode(${column}))::VARCHAR || ';' || ${column}, 'n;')`;
  const columns = [
    'op',
    ...Array.from({ length: keys }, (_, i) => `key_${i}`),
    ...['before', 'after', 'delta'].flatMap((side) =>
      Array.from({ length: measures }, (_, i) => `${side}_${i}`),
    ),
  ];
  return `SELECT sha256(${columns.map(part).join(' || ')}) AS digest FROM read_parquet(${literal(patchParquet)}) ORDER BY seq`;
}
