import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { filesSource } from '#lib/adapters/archive/files/source';
import { openSession } from '#lib/adapters/duckdb/session';
import { openStage, type StageSpec } from '#lib/adapters/staging/stage';
import type { ArchiveSource, StagedArchive } from '#lib/archive/archive';
import type { ArchiveStage } from '#lib/archive/stage';
import type { Session } from '#lib/replay/session';

/** A folder with an archive in it, a stage folder and a locked session: what a staging test needs. */
export type Bench = {
  readonly dir: string;
  readonly archive: string;
  readonly stageDir: string;
  readonly write: (path: string, content: string | Buffer) => string;
  readonly stage: (spec?: Partial<StageSpec> & { at?: string; lockFiles?: boolean }) => Promise<Opened>;
  readonly close: () => Promise<void>;
};

export type Opened = {
  readonly session: Session;
  readonly source: ArchiveSource;
  readonly stage: ArchiveStage;
  readonly staged: StagedArchive;
  readonly rows: (sql: string) => Promise<Record<string, unknown>[]>;
  /** The columns of `archive_events` as text, sorted by file and line. */
  readonly events: (...columns: string[]) => Promise<(string | null)[][]>;
  readonly rejects: () => Promise<[file: string, line: string, reason: string, record: string][]>;
};

export const FIELDS: StageSpec['fields'] = {
  id: 'id',
  time: 'ts',
  ingested: null,
  sequence: null,
  deleted: null,
};

export const stageSpecOf = ({ stageDir }: Pick<Bench, 'stageDir'>): StageSpec => ({
  format: 'auto',
  layout: 'auto',
  slackMicros: 7_200_000_000n,
  fields: FIELDS,
  types: new Map(),
  timezone: null,
  usedColumns: [],
  requireArrival: false,
  stageDir,
  threads: 2,
});

export function openBench(): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'recount-stage-'));
  const [archive, stageDir] = [join(dir, 'archive'), join(dir, 'stage')];
  mkdirSync(archive);
  mkdirSync(stageDir);
  const sessions: Session[] = [];
  return {
    dir,
    archive,
    stageDir,
    write(path, content) {
      const full = join(archive, path);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, content);
      return full;
    },
    async stage({ at = archive, lockFiles = true, ...spec } = {}) {
      const source = filesSource({ at, baseDir: archive });
      const listed = await source.list();
      const files = lockFiles ? await Promise.all(listed.map((f) => source.local(f).catch(() => ''))) : [];
      const session = await openSession(dir, {
        folders: [stageDir],
        files: files.filter(Boolean),
        memoryLimit: '500MB',
        threads: 2,
      });
      sessions.push(session);
      await session.lock();
      const stage = await openStage(session, source, { ...stageSpecOf({ stageDir }), ...spec });
      const staged = await stage.open(stage.files.map((f) => f.path));
      return opened(session, source, stage, staged);
    },
    async close() {
      for (const session of sessions) await session.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function opened(session: Session, source: ArchiveSource, stage: ArchiveStage, staged: StagedArchive): Opened {
  const rows = (sql: string): Promise<Record<string, unknown>[]> =>
    session.rows(sql, z.record(z.string(), z.unknown()));
  return {
    session,
    source,
    stage,
    staged,
    rows,
    async events(...columns) {
      const values = columns.map((c) => `CAST("${c}" AS VARCHAR)`).join(', ');
      const found = await session.rows(
        `SELECT [${values}] AS v FROM archive_events ORDER BY "@file", "@line"`,
        z.object({ v: z.array(z.string().nullable()) }),
      );
      return found.map((r) => r.v);
    },
    async rejects() {
      const found = await session.rows(
        'SELECT [file, line::VARCHAR, reason, record] AS v FROM archive_rejects ORDER BY file, line',
        z.object({ v: z.tuple([z.string(), z.string(), z.string(), z.string()]) }),
      );
      return found.map((r) => r.v);
    },
  };
}
