import { z } from 'zod';
import type { Asked, Reply, Request } from '#lib/adapters/duckdb/child-protocol';
import { openSession } from '#lib/adapters/duckdb/session';
import { Bug, Failure } from '#lib/base/failure';
import type { Session } from '#lib/replay/session';

// The DuckDB child: one session, driven over the channel to its parent; it ends with that channel.
let session: Session | null = null;

async function answer(request: Request): Promise<unknown> {
  if (request.op === 'open') {
    session = await openSession(request.scratchRoot, request.options);
    return session.scratch;
  }
  if (session === null) throw new Bug('the session is not open');
  if (request.op === 'run') return session.run(request.sql);
  if (request.op === 'rows') return session.rows(request.sql, z.unknown());
  if (request.op === 'lock') return session.lock();
  return session.progress();
}

process.on('message', async ({ id, request }: Asked) => {
  const reply: Reply = await answer(request).then(
    (value) => ({ id, ok: true, value }),
    (error: unknown) => ({
      id,
      ok: false,
      code: error instanceof Failure ? error.code : null,
      message: error instanceof Error ? error.message : String(error),
    }),
  );
  if (process.connected) process.send?.(reply);
});

process.on('disconnect', async () => {
  await session?.close();
  process.exit(0);
});
