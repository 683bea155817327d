import { z } from 'zod';
import { RecordsDump } from '#lib/adapters/backup/tables';

/** Of what a backup holds and how; a later Recount may write a later one. */
export const FORM = 1;

/** The last file of a backup: what it holds, so that nothing in it can be changed or missing unnoticed. */
export const BackupManifest = z.object({
  recount_backup: z.literal(FORM),
  madeAt: z.string(),
  /** Of the data folder that it was made from: paths in records begin with it. */
  dataDir: z.string(),
  records: RecordsDump,
  /** Of the key that sealed the passwords in it; `isInside`: the key lies in the backup. */
  key: z.object({ id: z.string(), isInside: z.boolean() }),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type BackupManifest = z.output<typeof BackupManifest>;

/** Lies in a data folder until its restore has come to its end; a start refuses such a folder. */
export const UNFINISHED = 'restore.unfinished';
export const MANIFEST = 'manifest.json';
export const RECORDS = 'records';
export const DATA = 'data';
export const KEY = 'secret.key';

/** What is made anew by itself, belongs to a running process, or is no secret's place: no part of a backup. */
const LEFT_OUT = [
  'postgres',
  'staged',
  'scratch',
  'recount.sock',
  'audit-head.json',
  'worker-metrics.txt',
  UNFINISHED,
];
const PASSING = /\.(?:part|lock)$|^secret\.key/;

/** Whether a path under the data folder belongs into a backup. */
export const isKept = (path: string): boolean => {
  const parts = path.split('/');
  return !LEFT_OUT.includes(parts[0] ?? '') && !PASSING.test(parts.at(-1) ?? '') && !isPartOfUpload(parts);
};

/** `uploads/ID/parts/…`: a file that has not arrived whole. */
const isPartOfUpload = ([first, , third]: readonly string[]): boolean =>
  first === 'uploads' && third === 'parts';
