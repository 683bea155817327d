import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesSource } from '#lib/adapters/archive/files/source';
import { archiveSourceConformance } from '#lib/archive/conformance/archive-source-conformance';

const root = mkdtempSync(join(tmpdir(), 'recount-source-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folderOf(objects: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'archive-'));
  for (const [name, text] of Object.entries(objects)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('files as an archive source', () => {
  archiveSourceConformance({
    name: 'files',
    create: async (objects, layout = 'auto') => filesSource({ at: folderOf(objects), baseDir: root, layout }),
  });

  it('never leaves its roots, by no path and by no link', async () => {
    const [inside, outside] = [folderOf({ 'a.csv': 'x' }), folderOf({ 'secret.csv': 'x' })];
    symlinkSync(join(outside, 'secret.csv'), join(inside, 'link.csv'));
    const away = filesSource({ at: '../', baseDir: inside, roots: [inside] });
    await expect(away.list()).rejects.toMatchObject({ code: 'archive.outside_roots' });
    const linked = filesSource({ at: inside, baseDir: inside, roots: [inside] });
    await expect(linked.list()).rejects.toMatchObject({ code: 'archive.outside_roots' });
  });
});
