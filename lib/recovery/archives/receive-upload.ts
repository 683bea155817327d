import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { archiveMoved } from '#lib/recovery/archives/archive-moved';
import { appendBody, hashOf, publishPart, removeFile, sizeOf } from '#lib/recovery/archives/upload-files';
import { refuseErased } from '#lib/recovery/retention/erased';
import { oneMore } from '#lib/recovery/setup/at-once';
import type { Context } from '#lib/recovery/setup/context';
import { oneAtATime } from '#lib/recovery/setup/one-at-a-time';
import { archivePlace, partPath, relativePath } from '#lib/recovery/setup/places';

const Archive = { id: z.uuid() };
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'is no SHA-256 in hex')
  .transform((text) => text.toLowerCase());
const bytes = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const AnnounceInput = z.object({
  ...Archive,
  path: z.string().min(1).max(1_024),
  bytes,
  sha256: sha256.optional(),
});
export const UploadInput = z.object({ ...Archive, fileId: z.uuid() });
export const PieceInput = UploadInput.extend({ offset: bytes });
export const CompleteInput = UploadInput.extend({ sha256 });

/** A file on its way, as the page follows it. */
export type UploadState = {
  readonly fileId: string;
  readonly path: string;
  readonly bytes: number;
  readonly receivedBytes: number;
  readonly state: 'receiving' | 'complete';
};

/**
 * Announces a file of an upload, or finds what is here of it already. A file of the same path and another size is
 * replaced. Failures: not_found, archive.outside_roots, request.invalid (a path that is a
 * folder of another file), request.too_large.
 */
export async function announceFile(
  context: Context,
  input: z.output<typeof AnnounceInput>,
): Promise<UploadState> {
  permit(context.actor, 'archive.change');
  const { store, env, actor } = context;
  const path = relativePath(input.path);
  if (path === '') throw new Failure('request.invalid', 'The file has no name.');
  const fileId = await store.$transaction(async (tx) => {
    await holdUpload(tx, input.id);
    await refuseFolder(tx, input.id, path);
    await refuseTooLarge(tx, input.id, path, input.bytes, env.maxUploadBytes);
    const known = await tx.uploadFile.findUnique({
      where: { archiveId_path: { archiveId: input.id, path } },
    });
    if (known !== null && Number(known.declaredBytes) === input.bytes) return known.id;
    if (known !== null) await forget(tx, context, known);
    const declared = { declaredBytes: input.bytes, declaredSha256: input.sha256 ?? null };
    const file = await tx.uploadFile.upsert({
      where: { archiveId_path: { archiveId: input.id, path } },
      create: { archiveId: input.id, path, ...declared },
      update: { ...declared, state: 'receiving', receivedBytes: 0, sha256: null },
    });
    await writeAudit(tx, {
      actor,
      action: 'upload.announce',
      subject: `archive ${input.id}`,
      detail: { fileId: file.id, path, bytes: input.bytes },
    });
    return file.id;
  });
  return readUpload(context, { id: input.id, fileId });
}

/** Throws away what is here of a file that comes anew. */
async function forget(
  tx: StoreTransaction,
  { env, actor }: Context,
  file: { id: string; archiveId: string; path: string; state: string },
): Promise<void> {
  await refuseLive(tx, file.archiveId, file.path);
  if (file.state === 'complete') await archiveMoved(tx, file.archiveId, actor.id);
  await removeFile(partPath(env, file.archiveId, file.id));
  await removeFile(archivePlace(env, { uploads: file.archiveId, path: file.path }).full);
}

/** Where a file of an upload stands. Failure not_found. */
export async function readUpload(
  { store, env, actor }: Context,
  { id, fileId }: z.output<typeof UploadInput>,
): Promise<UploadState> {
  permit(actor, 'archive.change');
  const file = await findFile(store, id, fileId);
  const whole = file.state === 'complete';
  const size = Number(file.declaredBytes);
  return {
    fileId,
    path: file.path,
    bytes: size,
    receivedBytes: whole ? size : await sizeOf(partPath(env, id, fileId)),
    state: whole ? 'complete' : 'receiving',
  };
}

/**
 * Takes a piece of a file at an offset, which must be where the last piece ended. Streams it to disk. What a broken
 * connection brought is kept; on a full disk all of the file goes. Failures: not_found, conflict (another offset, or the file is whole; details.receivedBytes),
 * upload.mismatch (more than was announced), disk.full, work.too_much.
 */
export async function receivePiece(
  { store, env, actor }: Context,
  { id, fileId, offset }: z.output<typeof PieceInput>,
  request: Request,
): Promise<{ receivedBytes: number }> {
  permit(actor, 'archive.change');
  const done = oneMore('uploads', actor.id);
  return oneAtATime(`upload ${fileId}`, async () => {
    const file = await findFile(store, id, fileId);
    const part = partPath(env, id, fileId);
    const here = file.state === 'complete' ? Number(file.declaredBytes) : await sizeOf(part);
    if (file.state === 'complete' || here !== offset) {
      throw new Failure('conflict', `${file.path} is here up to byte ${here}, not ${offset}.`, {
        fix: 'Go on from there.',
        details: { receivedBytes: here },
      });
    }
    const receivedBytes = await appendBody(part, here, Number(file.declaredBytes), request.body).catch(
      async (error: unknown) => {
        if (!(error instanceof Failure) || error.code !== 'disk.full') throw error;
        // a part that cannot grow would keep the disk full for everybody else
        const free = await freeWithout(part);
        await store.uploadFile.updateMany({
          where: { id: fileId, state: 'receiving' },
          data: { receivedBytes: 0 },
        });
        throw diskFull(file, free, error);
      },
    );
    await store.uploadFile.updateMany({ where: { id: fileId, state: 'receiving' }, data: { receivedBytes } });
    return { receivedBytes };
  }).finally(done);
}

/**
 * Ends a file: compares its size and SHA-256 with what was announced, and only then gives it its place in the archive.
 * Asked again, it answers the same. Failures: not_found, upload.mismatch, patch.state, disk.full.
 */
export async function completeFile(
  { store, env, actor }: Context,
  { id, fileId, sha256: stated }: z.output<typeof CompleteInput>,
): Promise<{ state: 'complete'; sha256: string }> {
  permit(actor, 'archive.change');
  return oneAtATime(`upload ${fileId}`, async () => {
    const file = await findFile(store, id, fileId);
    const [part, { full }] = [partPath(env, id, fileId), archivePlace(env, { uploads: id, path: file.path })];
    const size = Number(file.declaredBytes);
    if (file.state === 'complete') {
      if (file.sha256 !== stated) throw mismatch(file.path, `has the SHA-256 ${file.sha256}, not ${stated}`);
      return { state: 'complete', sha256: stated };
    }
    const here = await sizeOf(part);
    // The part was moved, and Recount ended before the record said so: then the file is in its place already.
    const moved = here === 0 && size > 0 && (await sizeOf(full)) === size;
    if (!moved && here !== size) throw mismatch(file.path, `is here with ${here} of ${size} bytes`);
    const found = await hashOf(moved ? full : part, size);
    if (found !== stated || (file.declaredSha256 !== null && found !== file.declaredSha256))
      throw mismatch(file.path, `arrived with the SHA-256 ${found}, not ${file.declaredSha256 ?? stated}`);
    await store.$transaction(async (tx) => {
      await tx.uploadFile.update({
        where: { id: fileId },
        data: { state: 'complete', sha256: found, receivedBytes: size },
      });
      await archiveMoved(tx, id, actor.id);
      await writeAudit(tx, {
        actor,
        action: 'upload.complete',
        subject: `archive ${id}`,
        detail: { fileId, path: file.path, bytes: size, sha256: found },
      });
      if (!moved) await publishPart(part, full);
    });
    return { state: 'complete', sha256: found };
  });
}

/** Takes a file out of an upload, whole or not. Asked again, it changes nothing. Failures: conflict (a live store), patch.state. */
export async function removeUpload(
  { store, env, actor }: Context,
  { id, fileId }: z.output<typeof UploadInput>,
): Promise<{ removed: boolean }> {
  permit(actor, 'archive.change');
  return oneAtATime(`upload ${fileId}`, async () => {
    const file = await store.uploadFile.findUnique({ where: { id: fileId } });
    if (file === null || file.archiveId !== id) return { removed: false };
    const { full } = archivePlace(env, { uploads: id, path: file.path });
    await store.$transaction(async (tx) => {
      await refuseLive(tx, id, file.path);
      await tx.uploadFile.delete({ where: { id: fileId } });
      if (file.state === 'complete') await archiveMoved(tx, id, actor.id);
      await writeAudit(tx, {
        actor,
        action: 'upload.remove',
        subject: `archive ${id}`,
        detail: { fileId, path: file.path },
      });
    });
    await removeFile(partPath(env, id, fileId));
    await removeFile(full);
    return { removed: true };
  });
}

const mismatch = (path: string, how: string): Failure => new Failure('upload.mismatch', `${path} ${how}.`);

/** A file that is a live store holds what was patched; it is not to be had from elsewhere again. */
async function refuseLive(tx: StoreTransaction, archiveId: string, path: string): Promise<void> {
  const used = await tx.liveStore.count({
    where: {
      AND: [
        { config: { path: ['archiveId'], equals: archiveId } },
        { config: { path: ['path'], equals: path } },
      ],
    },
  });
  if (used > 0) throw new Failure('conflict', `${path} is a live store; it is not removed or replaced.`);
}

async function findFile(store: StoreTransaction, archiveId: string, fileId: string) {
  const file = await store.uploadFile.findUnique({ where: { id: fileId }, include: { archive: true } });
  refuseErased('The files of this upload', file?.archive.erasedAt ?? null);
  if (file !== null && file.archiveId === archiveId) return file;
  throw new Failure('not_found', 'There is no such file in this upload.', { fix: 'Announce it again.' });
}

async function holdUpload(tx: StoreTransaction, id: string): Promise<void> {
  await tx.$queryRaw`select 1 as held from archive where id = ${id}::uuid for update`;
  const archive = await tx.archive.findUnique({ where: { id }, select: { kind: true, erasedAt: true } });
  if (archive?.kind !== 'upload') throw new Failure('not_found', 'There is no such upload.');
  refuseErased('The files of this upload', archive.erasedAt);
}

/** `a` and `a/b` can't both be files. */
async function refuseFolder(tx: StoreTransaction, archiveId: string, path: string): Promise<void> {
  const parts = path.split('/');
  const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
  const other = await tx.uploadFile.findFirst({
    where: { archiveId, OR: [{ path: { in: above } }, { path: { startsWith: `${path}/` } }] },
    select: { path: true },
  });
  if (other !== null)
    throw new Failure('request.invalid', `${path} and ${other.path} can't both be files of one upload.`);
}

async function refuseTooLarge(
  tx: StoreTransaction,
  archiveId: string,
  path: string,
  size: number,
  limit: number,
): Promise<void> {
  const others = await tx.uploadFile.aggregate({
    where: { archiveId, path: { not: path } },
    _sum: { declaredBytes: true },
  });
  const total = Number(others._sum.declaredBytes ?? 0) + size;
  if (total <= limit) return;
  throw new Failure('request.too_large', `The upload would be ${total} bytes; at most ${limit} are taken.`, {
    fix: 'Raise RECOUNT_MAX_UPLOAD_BYTES and start again, or read the files from a folder on this server.',
  });
}

/** Removes a part; answers the bytes that are free then. */
async function freeWithout(part: string): Promise<number> {
  await removeFile(part);
  const { bavail, bsize } = await statfs(dirname(part));
  return bavail * bsize;
}

const diskFull = (file: { path: string; declaredBytes: bigint }, free: number, cause: Failure): Failure =>
  new Failure(
    'disk.full',
    `The disk of the data folder is full: ${file.path} needs ${grouped(file.declaredBytes)} bytes, ${grouped(free)} are free. What arrived of it was removed.`,
    { fix: 'Free space in the data folder, then upload the file again.', cause },
  );

const grouped = (n: bigint | number): string => n.toLocaleString('en-US');
