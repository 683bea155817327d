import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import { writeAudit } from '#lib/adapters/store/audit';
import type { StoreTransaction } from '#lib/adapters/store/client';
import type { IncidentView } from '#lib/incident/incident';
import type { Actor } from '#lib/recovery/access/actor';
import { permit } from '#lib/recovery/access/permit';
import type { Context } from '#lib/recovery/setup/context';
import { archiveWords } from '#lib/recovery/setup/incident-places';
import { archivePlace, filesFolder, relativePath, withinPlace } from '#lib/recovery/setup/places';

export const AddArchiveInput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('path'), root: z.string(), path: z.string().max(4_096) }),
  z.object({ kind: z.literal('upload'), name: z.string().trim().min(1).max(200) }),
]);
type Input = z.output<typeof AddArchiveInput>;

/**
 * Adds an archive: a file or folder under a configured root, or an upload that files are then sent to. Reads nothing of
 * it. Failures: not_found for an unknown root, archive.not_found, archive.outside_roots.
 */
export async function addArchive(
  { store, env, actor }: Context,
  input: Input,
): Promise<NonNullable<IncidentView['archive']>> {
  permit(actor, 'archive.change');
  const id = randomUUID();
  const archive = input.kind === 'path' ? await pathArchive(env, input) : uploadArchive(id, input);
  if (input.kind === 'upload') await mkdir(filesFolder(env, id), { recursive: true });
  await store.$transaction((tx) => insertArchive(tx, actor, id, archive));
  return archiveWords(env, { id, ...archive });
}

export type NewArchive = {
  readonly kind: string;
  readonly name: string;
  readonly location: { readonly root: string; readonly path: string } | { readonly folder: string };
};

/** Writes a new archive and its line of the audit. */
export async function insertArchive(
  tx: StoreTransaction,
  actor: Actor,
  id: string,
  archive: NewArchive,
): Promise<void> {
  await tx.archive.create({ data: { id, ...archive, createdBy: actor.id } });
  await writeAudit(tx, {
    actor,
    action: 'archive.add',
    subject: `archive ${id}`,
    detail: { kind: archive.kind, name: archive.name, location: archive.location },
  });
}

async function pathArchive(env: Context['env'], { root, path }: Extract<Input, { kind: 'path' }>) {
  await withinPlace(archivePlace(env, { root, path }), 'archive.not_found');
  const location = { root, path: relativePath(path) };
  return { kind: 'path', name: location.path.split('/').at(-1) || root, location };
}

const uploadArchive = (id: string, { name }: Extract<Input, { kind: 'upload' }>) => ({
  kind: 'upload',
  name,
  location: { folder: id },
});
