import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { HOST, SSL_MODES } from '#lib/adapters/live/postgres/address';
import { sealSecret } from '#lib/adapters/secrets/secret-keys';
import type { Store } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { storeKind } from '#lib/plan/store-text';
import type { Context } from '#lib/recovery/setup/context';
import { filePlace, type LiveConfig, type LiveRecord } from '#lib/recovery/setup/live-address';
import { relativePath, withinPlace } from '#lib/recovery/setup/places';

const line = z
  .string()
  .max(200)
  .regex(/^\P{Cc}*$/u, 'has control characters');
export const Password = z
  .string()
  .max(2_000)
  .regex(/^[^\0]*$/, 'has a character that no password holds');
const PostgresFields = z.object({
  kind: z.literal('postgres'),
  name: line.trim().min(1, 'needs a name'),
  host: line.trim().min(1, 'names no host').regex(HOST, 'is not one host name or address'),
  port: z.coerce.number().int().min(1, 'is 1 to 65535').max(65_535, 'is 1 to 65535'),
  database: line.min(1, 'names no database'),
  user: line.min(1, 'names no user'),
  password: Password.default(''),
  ssl: z.enum(SSL_MODES),
});
const FileFields = z
  .object({
    kind: z.literal('file'),
    name: line.trim().optional(),
    root: z.string().optional(),
    path: z.string().max(4_096).optional(),
    archiveId: z.uuid().optional(),
  })
  .refine((file) => (file.archiveId === undefined) === (file.root !== undefined && file.path !== undefined), {
    path: ['path'],
    message: 'is either a path under a root, or an uploaded file',
  });
export const LiveStoreInput = z.discriminatedUnion('kind', [PostgresFields, FileFields]);
export type LiveStoreInput = z.output<typeof LiveStoreInput>;

export type NewLiveRecord = LiveRecord & {
  readonly name: string;
  readonly config: LiveConfig;
  readonly secret: Uint8Array<ArrayBuffer> | null;
};

/** The record that an input makes; nothing is written. */
export async function recordOf({ store, env, key }: Context, input: LiveStoreInput): Promise<NewLiveRecord> {
  const id = randomUUID();
  if (input.kind === 'postgres') {
    const { name, host, port, database, user, password, ssl } = input;
    const secret = password === '' ? null : sealSecret(key, id, password);
    return { id, kind: 'postgres', name, config: { host, port, database, user, ssl }, secret };
  }
  const config = await fileConfig(store, input);
  const { full, words } = filePlace(env, config);
  await withinPlace(filePlace(env, config), 'live.not_found');
  if (storeKind(full) !== 'file' || full.includes('${')) {
    throw new Failure('plan.field.invalid', `${words} is neither a .csv nor a .parquet file.`, {
      fix: 'Choose a file of one of the two; its name must not hold ${.',
    });
  }
  return { id, kind: 'file', name: input.name || basename(full), config, secret: null };
}

async function fileConfig(store: Store, input: z.output<typeof FileFields>): Promise<LiveConfig> {
  const { root, path, archiveId } = input;
  if (root !== undefined && path !== undefined) return { root, path: relativePath(path) };
  const files = await store.uploadFile.findMany({
    where: { archiveId: archiveId ?? '', state: 'complete' },
    select: { path: true },
    take: 2,
  });
  const [first] = files;
  if (archiveId !== undefined && first !== undefined && files.length === 1)
    return { archiveId, path: first.path };
  const found = first === undefined ? 'no file' : 'more than one file';
  throw new Failure('live.not_found', `The upload has ${found}; a live store is exactly one.`, {
    fix: 'Upload one CSV or Parquet file, and wait until it has arrived.',
  });
}
