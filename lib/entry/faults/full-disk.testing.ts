import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isCode } from '#lib/adapters/lock/lock-file';
import { Failure } from '#lib/base/failure';
import { leftOfPatch } from '#lib/entry/faults/leftovers.testing';
import { type Server, startServer } from '#lib/entry/faults/server.testing';
import { type Lane, openLane, type Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import { Admin, BY, brokenRules, readTruth, setScene } from '#lib/entry/faults/world.testing';
import type { Random } from '#lib/patch/simulation/random.testing';

// The live store's disk is full while a patch is written: its cluster is on a small file system of its own.

const SEGMENT = 1_048_576;
const SETTINGS = { min_wal_size: '2MB', max_wal_size: '8MB', wal_recycle: 'off', shared_buffers: '8MB' };

export const fullDisk: Suite = {
  name: 'full-disk',
  runs: 10,
  lanes: 1,
  open: async () => {
    const folder = mkdtempSync('/tmp/recount-faults-disk-');
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=0755', 'recount-faults', folder]);
    if (mount.status !== 0) {
      rmSync(folder, { recursive: true });
      console.log(`full-disk: left out, a file system can be mounted by root only (${mount.stderr})`);
      return { run: async () => [], close: async () => undefined };
    }
    const server = await startServer({ home: folder, settings: SETTINGS, initdb: ['--wal-segsize=1'] });
    const admin = new Admin(server.url);
    const lane = await openLane(server.url, admin);
    return {
      run: (_lane, random, seed) => fillOnce(server, lane, folder, random, seed),
      close: async () => {
        await admin.close();
        await server.stop();
        spawnSync('umount', ['-l', folder]);
        rmSync(folder, { recursive: true });
      },
    };
  },
};

/** Fills a disk. The server may take of the room meanwhile: then what was written has filled the rest. */
function takeAll(folder: string, ballast: string): void {
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  } catch (error) {
    if (!isCode(error, 'ENOSPC')) throw error;
  }
}

/** Leaves a little of the log's open segment, takes all the rest of the disk, and writes a patch. */
async function fillOnce(
  server: Server,
  lane: Lane,
  folder: string,
  random: Random,
  seed: number,
): Promise<Ended> {
  const { admin, store } = lane;
  const scene = await setScene(admin, lane, random, `disk ${seed} ${lane.table}`);
  await admin.rows('checkpoint');
  const [row] = await admin.rows(`select mod(pg_current_wal_insert_lsn() - '0/0', ${SEGMENT})`);
  const leave = random.below(160_000);
  const fill = SEGMENT - Number(row?.[0]) - leave;
  if (fill > 1_000)
    await admin.rows(`select pg_logical_emit_message(false, 'fill', repeat('x', ${fill - 200}))`);
  const ballast = path.join(folder, 'ballast');
  takeAll(folder, ballast);
  const answer = await store
    .apply(scene.patch, BY)
    .catch((error: unknown) => {
      if (error instanceof Failure) return error.code;
      throw error;
    })
    .finally(() => rmSync(ballast));
  // it may have ended by itself, as PostgreSQL does where it cannot write its log
  await server.crash();
  await server.start();
  const said = await store.settle(scene.patch.header);
  const isThere = said === 'applied';
  const wrong = brokenRules(scene, await readTruth(admin, scene), isThere ? 'after' : 'before');
  if (answer !== 'patch.unknown' && (answer === 'applied') !== isThere)
    wrong.push(`answered ${answer}, settled as ${said}`);
  const next = await store.apply(scene.patch, BY);
  if (next.startsWith('already') !== isThere) wrong.push(`settled as ${said}, then ${next}`);
  wrong.push(...brokenRules(scene, await readTruth(admin, scene), 'after'));
  wrong.push(...(await leftOfPatch(admin, scene.patch.header.seal)));
  return { fault: "live store's disk full", applied: isThere, unknown: answer === 'patch.unknown', wrong };
}
