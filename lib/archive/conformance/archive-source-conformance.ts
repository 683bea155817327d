import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { ArchiveSource } from '#lib/archive/archive';
import { parseInstant } from '#lib/base/instant';

/** A place of archives under test: makes one that holds exactly the given objects. */
export type SourceHarness = {
  readonly name: string;
  create(
    objects: Readonly<Record<string, string>>,
    layout?: 'auto' | 'plain' | 'hive',
  ): Promise<ArchiveSource>;
};

/** What every ArchiveSource does, whatever place it reads: the docstrings of the port, as tests. */
export function archiveSourceConformance(harness: SourceHarness): void {
  const of = (text: string): bigint => parseInstant(text) ?? 0n;

  it(`${harness.name}: lists every file once, sorted by the bytes of its path, with its size`, async () => {
    const source = await harness.create({ 'b.csv': 'xy', 'a/c.csv': 'é', 'a.csv': '', 'Z.csv': '1' });
    const files = await source.list();
    expect(files.map((f) => [f.path, f.bytes])).toEqual([
      ['Z.csv', 1n],
      ['a.csv', 0n],
      ['a/c.csv', 2n],
      ['b.csv', 2n],
    ]);
    expect(await source.list()).toEqual(files);
  });

  it(`${harness.name}: takes names literally`, async () => {
    const names = ['a*b.csv', 'q?.csv', '[x].csv', 'it\'s "so".csv', 'ü 🙂.csv'];
    const source = await harness.create(Object.fromEntries(names.map((n) => [n, n])));
    const files = await source.list();
    expect(files.map((f) => f.path).sort()).toEqual([...names].sort());
    for (const file of files) expect(await readFile(await source.local(file), 'utf8')).toBe(file.path);
  });

  it(`${harness.name}: reads Hive folders as stretches of UTC`, async () => {
    const source = await harness.create({
      'date=2024-06-10/hour=09/e.csv': 'x',
      'date=2024-06-11/e.csv': 'x',
      'team=a/e.csv': 'x',
    });
    const files = await source.list();
    expect(files.map((f) => f.partition)).toEqual([
      { from: of('2024-06-10T09:00:00Z'), to: of('2024-06-10T10:00:00Z') },
      { from: of('2024-06-11T00:00:00Z'), to: of('2024-06-12T00:00:00Z') },
      null,
    ]);
    expect(files[0]?.partitionKeys).toEqual([
      { key: 'date', value: '2024-06-10' },
      { key: 'hour', value: '09' },
    ]);
  });

  it(`${harness.name}: refuses a partition that is no time, naming its path`, async () => {
    const source = await harness.create({ 'date=2024-13-10/e.csv': 'x' });
    await expect(source.list()).rejects.toMatchObject({
      code: 'archive.format',
      message: expect.stringContaining('date=2024-13-10'),
    });
  });

  it(`${harness.name}: says that nothing is there`, async () => {
    const source = await harness.create({});
    await expect(source.list()).rejects.toMatchObject({ code: 'archive.not_found' });
  });
}
