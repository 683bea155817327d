import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesSource } from '#lib/adapters/archive/files/source';
import { openStage } from '#lib/adapters/staging/stage';
import { type Bench, openBench, stageSpecOf } from '#lib/adapters/staging/stage.testing';
import { STAGE_LIMITS } from '#lib/archive/stage';

// The numbers in brackets are the rows of the catalogue of bad inputs (E: compression and files).
let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

const T = '2024-06-10T12:00:00Z';
const rows = (n: number): string =>
  `id,ts,v\n${Array.from({ length: n }, (_, i) => `e${i},${T},${(i * 7919) % 1000}\n`).join('')}`;
const flip = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 4;
  return copy;
};

describe('compression', () => {
  it('reads gzip of several members and zstd of several frames to their end [80, 85]', async () => {
    const [head, ...lines] = rows(2000).split(/(?<=\n)/);
    const halves = [`${head}${lines.slice(0, 900).join('')}`, lines.slice(900).join('')];
    bench.write('a.csv.gz', Buffer.concat(halves.map((h) => gzipSync(h))));
    bench.write('b.csv.zst', Buffer.concat(halves.map((h) => zstdCompressSync(h))));
    const { staged, rows: query } = await bench.stage({ usedColumns: ['v'] });
    expect(staged.files.map((f) => [f.records, f.rejected])).toEqual([
      [2000n, 0n],
      [2000n, 0n],
    ]);
    expect(
      await query('SELECT "@file" AS f, sum(v)::VARCHAR AS s FROM archive_events GROUP BY 1 ORDER BY 1'),
    ).toEqual([
      { f: 0, s: '999000' },
      { f: 1, s: '999000' },
    ]);
  });

  const gz = gzipSync(rows(50_000));
  const zst = zstdCompressSync(rows(50_000), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  it.each([
    [
      'gzip cut in half [77]',
      'a.csv.gz',
      gz.subarray(0, gz.length >> 1),
      `a.csv.gz: the gzip stream ends early at byte ${gz.length >> 1} of the compressed file`,
    ],
    [
      'gzip with a wrong check sum [78]',
      'a.csv.gz',
      flip(gz, gz.length - 6),
      'a.csv.gz: the gzip stream is damaged near byte',
    ],
    [
      'gzip with a flipped bit [79]',
      'a.csv.gz',
      flip(gz, gz.length >> 1),
      'a.csv.gz: the gzip stream is damaged near byte',
    ],
    [
      'gzip with bytes after it [81]',
      'a.csv.gz',
      Buffer.concat([gz, Buffer.from('garbage')]),
      'a.csv.gz: the gzip stream is damaged near byte',
    ],
    [
      'gzip with zeros after it [81]',
      'a.csv.gz',
      Buffer.concat([gz, Buffer.alloc(100)]),
      `a.csv.gz: after the end of the gzip stream, at byte ${gz.length}, come bytes`,
    ],
    [
      'plain text named .gz [82]',
      'a.csv.gz',
      Buffer.from(rows(3)),
      'a.csv.gz is named as gzip, and its content is not.',
    ],
    ['gzip named .csv [82]', 'a.csv', gz, 'a.csv is gzip, and its name does not say so.'],
    ['gzip twice [82]', 'a.csv.gz', gzipSync(gz), 'a.csv.gz is compressed twice.'],
    ['an empty .gz [83]', 'a.csv.gz', Buffer.alloc(0), 'a.csv.gz is named as gzip and is empty.'],
    [
      'zstd cut in half [84]',
      'a.csv.zst',
      zst.subarray(0, zst.length >> 1),
      `a.csv.zst: the zstd stream ends early at byte ${zst.length >> 1}`,
    ],
    ['zstd with a flipped bit [87]', 'a.csv.zst', flip(zst, zst.length >> 1), 'a.csv.zst: the zstd stream'],
    [
      'zstd with bytes after it',
      'a.csv.zst',
      Buffer.concat([zst, Buffer.from('garbage')]),
      `a.csv.zst: after the end of the zstd stream, at byte ${zst.length}, come bytes`,
    ],
    // by hand: a frame that asks for a window of 2 GiB, and one raw block of 3 bytes
    [
      'zstd with a window of 2 GiB [86]',
      'a.csv.zst',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x19, 0x00, 0x00, 0x69, 0x64, 0x0a]),
      'a.csv.zst: the zstd stream is damaged near byte',
    ],
    ['a zip file [90]', 'a.csv', Buffer.from('PK\x03\x04....'), 'a.csv is a zip file or an Excel workbook.'],
  ])('refuses %s, and stages nothing', async (_, name, content, message) => {
    bench.write(name, content);
    await expect(bench.stage()).rejects.toThrow(message);
    expect(
      readdirSync(bench.stageDir, { recursive: true }).filter((f) => String(f).endsWith('.parquet')),
    ).toEqual([]);
  });

  it('stops a bomb at its ratio or at the limit of bytes [88, 89]', async () => {
    const zeros = Buffer.alloc(40 << 20, 'a');
    bench.write('a.csv.gz', gzipSync(zeros));
    await expect(bench.stage()).rejects.toThrow(
      'a.csv.gz grows to more than 200 times its size when it is decompressed',
    );
    bench.write('a.csv.gz', gzipSync(rows(100_000)));
    const limits = { ...STAGE_LIMITS, maxDecompressedBytes: 1_000_000 };
    await expect(bench.stage({ limits })).rejects.toThrow(
      'a.csv.gz has more than 1000000 bytes after decompression.',
    );
    bench.write('b.csv.zst', zstdCompressSync(zeros));
    await expect(bench.stage({ at: 'b.csv.zst' })).rejects.toMatchObject({ code: 'archive.limit' });
  });
});

describe('files', () => {
  it('refuses what is no regular file, naming it [92]', async () => {
    mkdirSync(join(bench.archive, 'x.csv'));
    await expect(bench.stage()).rejects.toThrow('x.csv is a folder, not a file.');
    execFileSync('mkfifo', [join(bench.archive, 'pipe.csv')]);
    await expect(bench.stage({ at: 'pipe.csv' })).rejects.toThrow('pipe.csv is a pipe, not a file.');
    await expect(bench.stage({ at: 'p*.csv' })).rejects.toThrow('pipe.csv is a pipe, not a file.');
  });

  it.skipIf(process.getuid?.() === 0)('names a file that may not be read [92]', async () => {
    chmodSync(bench.write('a.csv', rows(1)), 0o000);
    await expect(bench.stage()).rejects.toThrow('a.csv cannot be read: permission denied.');
  });

  it('follows a link inside the archive, and none out of it [92]', async () => {
    const real = bench.write('sub/a.csv', rows(1));
    symlinkSync(real, join(bench.archive, 'link.csv'));
    const { stage } = await bench.stage();
    expect(stage.files.map((f) => f.path)).toEqual(['link.csv', 'sub/a.csv']);
    writeFileSync(join(bench.dir, 'outside.csv'), rows(1));
    symlinkSync(join(bench.dir, 'outside.csv'), join(bench.archive, 'out.csv'));
    await expect(bench.stage()).rejects.toThrow("out.csv is a symbolic link out of the archive's folder.");
  });

  it('takes names with special characters as they are [93]', async () => {
    const names = [
      '*.csv',
      '?.csv',
      '[ab].csv',
      "quote's.csv",
      'line\nend.csv',
      '{x}.csv',
      `${'n'.repeat(250)}.csv`,
    ];
    names.forEach((name, i) => {
      bench.write(name, `id,ts\n${i},${T}\n`);
    });
    const { staged, events } = await bench.stage();
    expect(staged.files.map((f) => f.path).sort()).toEqual([...names].sort());
    expect((await events('id')).flat().sort()).toEqual(names.map((_, i) => String(i)));
    const one = await bench.stage({ at: '*.csv' });
    expect(one.staged.files.map((f) => f.path)).toEqual(['*.csv']);
  });

  it('says where nothing matches, and what is the nearest folder [94]', async () => {
    bench.write('2024/a.csv', rows(1));
    await expect(bench.stage({ at: '2024/**/*.parquet' })).rejects.toThrow(
      `No file matches 2024/**/*.parquet; the nearest folder that is there is ${bench.archive}/2024.`,
    );
    await expect(bench.stage({ at: '2025/06/*.csv' })).rejects.toThrow(
      `the nearest folder that is there is ${bench.archive}.`,
    );
    await expect(bench.stage({ at: 'nothing.csv' })).rejects.toMatchObject({ code: 'archive.not_found' });
  });

  it('leaves side files out, sorts by bytes, and lists relative to the fixed part', async () => {
    for (const name of [
      'b/2.csv',
      'b/10.csv',
      'b/é.csv',
      'b/_SUCCESS',
      'b/.2.csv.crc',
      'b/2.csv.crc',
      '.DS_Store',
    ])
      bench.write(name, rows(1));
    const source = (at: string) => filesSource({ at, baseDir: bench.archive });
    const list = async (at: string) => (await source(at).list()).map((f) => f.path);
    expect(await list('.')).toEqual(['b/10.csv', 'b/2.csv', 'b/é.csv']);
    expect(await list('b/*.csv')).toEqual(['10.csv', '2.csv', 'é.csv']);
    expect(await list('b/2.csv')).toEqual(['2.csv']);
    expect(await list(join(bench.archive, 'b'))).toEqual(['10.csv', '2.csv', 'é.csv']);
  });

  it('keeps to the roots that are given, links and .. resolved', async () => {
    const root = join(bench.archive, 'root');
    bench.write('root/in.csv', rows(1));
    bench.write('secret.csv', rows(1));
    symlinkSync(bench.archive, join(root, 'up'));
    const list = (at: string) => filesSource({ at, baseDir: root, roots: [root] }).list();
    expect(await list('in.csv')).toHaveLength(1);
    for (const at of [
      '../secret.csv',
      '/etc/passwd',
      'up/secret.csv',
      '../**',
      '/etc/*',
      'up/*.csv',
      '../root2/../secret.csv',
    ])
      await expect(list(at), at).rejects.toMatchObject({ code: 'archive.outside_roots' });
    await expect(list('a\0b')).rejects.toMatchObject({ code: 'archive.not_found' });
  });

  it('reads no file that was put in the place of an allowed one after it was found', async () => {
    const path = bench.write('sub/a.csv', rows(10));
    writeFileSync(join(bench.dir, 'secret.csv'), rows(10));
    mkdirSync(join(bench.dir, 'elsewhere'));
    writeFileSync(join(bench.dir, 'elsewhere', 'a.csv'), rows(10));
    const staged = async (swap: () => void): Promise<unknown> => {
      const { source, session, stage } = await bench.stage();
      const [file] = await source.list();
      if (file === undefined) throw new Error('nothing is listed');
      const swapping = {
        list: () => source.list(),
        local: async (): Promise<string> => {
          const real = await source.local(file);
          swap();
          return real;
        },
      };
      const fresh = await openStage(session, swapping, stageSpecOf(bench));
      return fresh.open(stage.files.map((f) => f.path));
    };
    const linked = {
      code: 'archive.unreadable',
      message: 'sub/a.csv cannot be read: it was replaced by a link while it was opened.',
    };
    await expect(
      staged(() => {
        rmSync(path);
        symlinkSync(join(bench.dir, 'secret.csv'), path);
      }),
    ).rejects.toMatchObject(linked);
    rmSync(path);
    bench.write('sub/a.csv', rows(10));
    await expect(
      staged(() => {
        renameSync(join(bench.archive, 'sub'), join(bench.dir, 'moved'));
        symlinkSync(join(bench.dir, 'elsewhere'), join(bench.archive, 'sub'));
      }),
    ).rejects.toMatchObject(linked);
  });

  it('says that an opened file changed, and not that it was touched [91]', async () => {
    const path = bench.write('a.csv', rows(100));
    const { stage } = await bench.stage();
    utimesSync(path, new Date(), new Date());
    await expect(stage.recheck()).resolves.toBeUndefined();
    appendFileSync(path, 'late,2024-06-10T12:00:00Z,1\n');
    await expect(stage.recheck()).rejects.toMatchObject({
      code: 'archive.changed',
      message: 'a.csv changed while it was read; nothing of it was used.',
    });
  });
});

describe('the cache', () => {
  const parts = (): string[] =>
    readdirSync(bench.stageDir, { recursive: true })
      .map(String)
      .filter((f) => f.endsWith('part.json'))
      .sort();

  it('stages a content once, whatever it is called, and leaves nothing half-written', async () => {
    bench.write('a.csv', rows(1000));
    await bench.stage({ usedColumns: ['v'] });
    const first = parts();
    expect(first).toHaveLength(1);
    bench.write('b.csv', rows(1000));
    const again = await bench.stage({ usedColumns: ['v'] });
    expect(parts()).toEqual(first);
    expect(again.staged.records).toBe(2000n);
    expect(
      readdirSync(bench.stageDir, { recursive: true }).filter((f) => String(f).includes('.part')),
    ).toEqual([]);
  });

  it('stages anew under other types, another zone, other fields', async () => {
    bench.write('a.csv', rows(10));
    await bench.stage({ usedColumns: ['v'] });
    await bench.stage({ usedColumns: ['v'], types: new Map([['v', 'double']]) });
    await bench.stage({ usedColumns: ['v'], timezone: 'UTC' });
    expect(parts()).toHaveLength(3);
  });

  it('keeps rejects beside the part', async () => {
    bench.write('a.csv', `${rows(10)}broken\nx,never,1\n`);
    const first = await bench.stage();
    const second = await bench.stage();
    expect(await second.rejects()).toEqual(await first.rejects());
    expect((await second.rejects()).map(([, line, reason]) => [line, reason])).toEqual([
      ['12', '1 field where the header has 3'],
      ['13', 'ts: "never" is not an ISO 8601 time'],
    ]);
  });

  it('works where the session may read nothing but the stage folder', async () => {
    bench.write('a.csv', rows(10));
    const { staged } = await bench.stage({ lockFiles: false });
    expect(staged.records).toBe(10n);
    expect(existsSync(join(bench.archive, 'a.csv'))).toBe(true);
  });

  it('stops when it is told to', async () => {
    bench.write('a.csv', rows(10));
    await expect(bench.stage({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'run.cancelled',
    });
  });
});
