import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddArchiveInput, addArchive } from '#lib/recovery/archives/add-archive';
import { browseRoot, listRoots } from '#lib/recovery/archives/browse-root';
import {
  announceFile,
  completeFile,
  readUpload,
  receivePiece,
  removeUpload,
} from '#lib/recovery/archives/receive-upload';
import { sweepUploads } from '#lib/recovery/archives/sweep-uploads';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import { readIncident } from '#lib/recovery/incidents/read-incident';
import { filesFolder, partPath } from '#lib/recovery/setup/places';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
beforeAll(async () => {
  test = await openTestContext();
});
afterAll(() => test.close());

const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const upload = async (): Promise<string> =>
  (await addArchive(test.context, AddArchiveInput.parse({ kind: 'upload', name: 'Exports' }))).id;
const put = (id: string, fileId: string, offset: number, data: Buffer | ReadableStream) =>
  receivePiece(
    test.context,
    { id, fileId, offset },
    new Request('http://localhost/', {
      method: 'PUT',
      body: data as BodyInit,
      duplex: 'half',
    } as RequestInit),
  );
const actions = async (id: string): Promise<string[]> =>
  (
    await test.context.store.audit.findMany({ where: { subject: `archive ${id}` }, orderBy: { seq: 'asc' } })
  ).map((a) => a.action);

describe('uploads', () => {
  it('takes a file in pieces, goes on where it stood, and keeps it only when it is what was said', async () => {
    const id = await upload();
    const data = randomBytes(300_000);
    const { fileId, receivedBytes } = await announceFile(test.context, {
      id,
      path: 'day 1/a.csv',
      bytes: data.length,
    });
    expect(receivedBytes).toBe(0);
    expect(await put(id, fileId, 0, data.subarray(0, 100_000))).toEqual({ receivedBytes: 100_000 });
    // a reload announces it again and is told how far it is
    expect(await announceFile(test.context, { id, path: 'day 1/a.csv', bytes: data.length })).toMatchObject({
      fileId,
      receivedBytes: 100_000,
    });
    await expect(put(id, fileId, 50_000, data)).rejects.toMatchObject({
      code: 'conflict',
      details: { receivedBytes: 100_000 },
    });
    await expect(completeFile(test.context, { id, fileId, sha256: sha(data) })).rejects.toMatchObject({
      code: 'upload.mismatch',
    });
    await put(id, fileId, 100_000, data.subarray(100_000));
    await expect(
      completeFile(test.context, { id, fileId, sha256: sha(Buffer.from('x')) }),
    ).rejects.toMatchObject({
      code: 'upload.mismatch',
    });
    const file = path.join(filesFolder(test.context.env, id), 'day 1', 'a.csv');
    expect(existsSync(file)).toBe(false);
    const all = await Promise.all(
      [1, 2, 3].map(() => completeFile(test.context, { id, fileId, sha256: sha(data) })),
    );
    expect(all).toEqual(Array(3).fill({ state: 'complete', sha256: sha(data) }));
    expect(readFileSync(file).equals(data)).toBe(true);
    expect(await actions(id)).toEqual(['archive.add', 'upload.announce', 'upload.complete']);
    await expect(put(id, fileId, data.length, data)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keeps what a broken connection brought, and nothing of a body that is too long', async () => {
    const id = await upload();
    const data = randomBytes(10_000);
    const { fileId } = await announceFile(test.context, { id, path: 'b.csv', bytes: data.length });
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(data.subarray(0, 4_000)));
      },
      pull(controller) {
        controller.error(new Error('the connection was lost'));
      },
    });
    expect(await put(id, fileId, 0, broken)).toEqual({ receivedBytes: 4_000 });
    await expect(put(id, fileId, 4_000, randomBytes(6_001))).rejects.toMatchObject({
      code: 'upload.mismatch',
    });
    expect(await readUpload(test.context, { id, fileId })).toMatchObject({ receivedBytes: 4_000 });
    // two that send the same piece at once: one is told where the file stands
    const both = await Promise.allSettled([1, 2].map(() => put(id, fileId, 4_000, data.subarray(4_000))));
    expect(both.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    await completeFile(test.context, { id, fileId, sha256: sha(data) });
  });

  it('settles a file that was moved before its record was written', async () => {
    const id = await upload();
    const data = randomBytes(1_000);
    const { fileId } = await announceFile(test.context, { id, path: 'c.csv', bytes: data.length });
    mkdirSync(filesFolder(test.context.env, id), { recursive: true });
    writeFileSync(path.join(filesFolder(test.context.env, id), 'c.csv'), data);
    expect(await completeFile(test.context, { id, fileId, sha256: sha(data) })).toMatchObject({
      state: 'complete',
    });
  });

  it('takes an empty file', async () => {
    const id = await upload();
    const { fileId } = await announceFile(test.context, { id, path: 'empty.csv', bytes: 0 });
    await completeFile(test.context, { id, fileId, sha256: sha(Buffer.alloc(0)) });
    expect(readFileSync(path.join(filesFolder(test.context.env, id), 'empty.csv'))).toHaveLength(0);
  });

  it('refuses names that lead elsewhere, folders that are files, and more than the limit', async () => {
    const id = await upload();
    const announce = (name: string, bytes = 1) => announceFile(test.context, { id, path: name, bytes });
    for (const name of ['../a.csv', '/etc/a.csv', 'a/../../b', 'a\\..\\..\\b'])
      await expect(announce(name)).rejects.toMatchObject({ code: 'archive.outside_roots' });
    for (const name of ['a\0.csv', '.', `${'x'.repeat(256)}.csv`])
      await expect(announce(name)).rejects.toMatchObject({ code: 'request.invalid' });
    await announce('a/b.csv');
    await expect(announce('a')).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(announce('a/b.csv/c')).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(announce('large', test.context.env.maxUploadBytes)).rejects.toMatchObject({
      code: 'request.too_large',
    });
    await expect(announceFile(test.context, { id: randomUUID(), path: 'a', bytes: 1 })).rejects.toMatchObject(
      {
        code: 'not_found',
      },
    );
    expect(readdirSync(filesFolder(test.context.env, id))).toEqual([]);
  });

  it('tells incidents of the archive that its files are others now', async () => {
    const id = await upload();
    const data = Buffer.from('a,b\n1,2\n');
    const incident = await openIncident(
      test.context,
      OpenIncidentInput.parse({ title: 'Upload', archiveId: id }),
    );
    const view = () => readIncident(test.context, { ref: incident.id });
    expect((await view()).missing.map((m) => m.message)).toContain('The upload has no file yet.');
    const { fileId } = await announceFile(test.context, { id, path: 'a.csv', bytes: data.length });
    expect((await view()).missing.map((m) => m.message)).toContain('One file has not arrived yet.');
    await put(id, fileId, 0, data);
    await completeFile(test.context, { id, fileId, sha256: sha(data) });
    expect(await view()).toMatchObject({
      planRevision: 2,
      plan: { archive: { at: filesFolder(test.context.env, id) } },
    });
    expect((await view()).missing.map((m) => m.path)).not.toContain('archive.at');
    expect(await removeUpload(test.context, { id, fileId })).toEqual({ removed: true });
    expect(await removeUpload(test.context, { id, fileId })).toEqual({ removed: false });
    expect(await view()).toMatchObject({ planRevision: 3 });
    expect((await actions(id)).slice(-2)).toEqual(['upload.complete', 'upload.remove']);
    expect(readdirSync(filesFolder(test.context.env, id))).toEqual([]);
  });

  it('sweeps what nobody went on with for a day', async () => {
    const id = await upload();
    const [old, fresh] = await Promise.all(
      ['old.csv', 'fresh.csv'].map((name) => announceFile(test.context, { id, path: name, bytes: 10 })),
    );
    const long = new Date(Date.now() - 25 * 3_600_000);
    for (const { fileId } of [old!, fresh!]) await put(id, fileId, 0, Buffer.from('12345'));
    await test.context.store.uploadFile.updateMany({ where: { archiveId: id }, data: { createdAt: long } });
    utimesSync(partPath(test.context.env, id, old!.fileId), long, long);
    expect(await sweepUploads(test.context)).toBe(1);
    await expect(readUpload(test.context, { id, fileId: old!.fileId })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await readUpload(test.context, { id, fileId: fresh!.fileId })).toMatchObject({ receivedBytes: 5 });
    expect(existsSync(partPath(test.context.env, id, old!.fileId))).toBe(false);
    expect((await actions(id)).at(-1)).toBe('upload.sweep');
  });
});

describe('folders on the server', () => {
  it('shows what lies under a root and nothing outside', async () => {
    const { root, context } = test;
    mkdirSync(path.join(root, 'exports', 'day=1'), { recursive: true });
    writeFileSync(path.join(root, 'exports', 'a.csv'), 'abc');
    writeFileSync(path.join(root, 'exports', '.hidden'), '');
    symlinkSync('/etc', path.join(root, 'exports', 'out'));
    symlinkSync(path.join(root, 'exports', 'a.csv'), path.join(root, 'exports', 'link.csv'));
    expect(await listRoots(context)).toEqual({ roots: [{ name: 'files' }] });
    expect(await browseRoot(context, { name: 'files', path: 'exports/' })).toEqual({
      path: 'exports',
      entries: [
        { name: 'day=1', kind: 'folder', bytes: null },
        { name: 'a.csv', kind: 'file', bytes: '3' },
        { name: 'link.csv', kind: 'file', bytes: '3' },
      ],
      more: 0,
    });
    const browse = (at: string, name = 'files') => browseRoot(context, { name, path: at });
    await expect(browse('..')).rejects.toMatchObject({ code: 'archive.outside_roots' });
    await expect(browse('exports/out')).rejects.toMatchObject({ code: 'archive.outside_roots' });
    await expect(browse('nowhere')).rejects.toMatchObject({ code: 'not_found' });
    await expect(browse('exports/a.csv')).rejects.toMatchObject({ code: 'not_found' });
    await expect(browse('', 'other')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('makes an archive of a folder or a file, and refuses others', async () => {
    const { root, context } = test;
    mkdirSync(path.join(root, 'taken'), { recursive: true });
    const add = (at: string) => addArchive(context, { kind: 'path', root: 'files', path: at });
    expect(await add('taken/')).toMatchObject({ name: 'taken', kind: 'path', location: 'files/taken' });
    expect(await add('')).toMatchObject({ name: 'files', location: 'files' });
    await expect(add('gone')).rejects.toMatchObject({ code: 'archive.not_found' });
    await expect(add('../x')).rejects.toMatchObject({ code: 'archive.outside_roots' });
  });
});
