import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** The sample's live table and how many rows it got. */
export type LoadedPoints = { readonly table: string; readonly rows: number };

/**
 * Puts the sample's live table back as the faulty worker left it: makes schema and table where they are missing, and
 * replaces all rows in one transaction. What the ledger of this database knows of earlier patches is forgotten too:
 * the rows that those patches wrote are gone, and a patch of the same content must be applicable again. Meant for the
 * sample's own database only.
 */
export async function loadPoints(url: string, liveCsv: string): Promise<LoadedPoints> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`CREATE SCHEMA IF NOT EXISTS points`);
    await client.query(`CREATE TABLE IF NOT EXISTS points.hourly_points (
      user_id text NOT NULL, hour timestamptz NOT NULL, points bigint NOT NULL, events bigint NOT NULL,
      PRIMARY KEY (user_id, hour))`);
    await client.query('TRUNCATE points.hourly_points');
    await forgetPatches(client);
    const copy = client.query(
      copyFrom(
        'COPY points.hourly_points (user_id, hour, points, events) FROM STDIN (FORMAT csv, HEADER true)',
      ),
    );
    await pipeline(createReadStream(liveCsv), copy);
    await client.query('COMMIT');
    await client.query('ANALYZE points.hourly_points');
    return { table: 'points.hourly_points', rows: copy.rowCount };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    await client.end();
  }
}

async function forgetPatches(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('recount.patch_ledger') IS NOT NULL AND to_regclass('recount.patch_row') IS NOT NULL AS there`,
  );
  if (rows[0]?.there) await client.query('TRUNCATE recount.patch_row, recount.patch_ledger');
}
