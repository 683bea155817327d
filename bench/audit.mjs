#!/usr/bin/env node
// Times a look at the whole audit: every hash told again. Run:
//   node_modules/.bin/node bench/audit.mjs [--entries 1000000] [--runs 3] [--url postgres://…]
// Without --url it starts PostgreSQL of its own in a temporary folder and writes the entries as Recount's own triggers
// chain them; with it, what the database holds is looked at, and nothing is written. A figure counts only where the chain
// is whole; beside it stands the most memory that the process had.
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startTestPostgres } from '../lib/adapters/postgres-server/testing.ts';
import { openChainReader } from '../lib/adapters/store/audit-chain.ts';
import { migrate } from '../lib/adapters/store/migrate.ts';
import { verifyAudit } from '../lib/recovery/audit/verify-audit.ts';

const { values: o } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    url: { type: 'string' },
  },
});
const PIECE = 10_000;

/** Lines as they come about: most of them of patches, with a reason and a seal. */
const LINES = `
  insert into audit (actor, via, address, session, action, incident_id, subject, seal, detail)
  select 'person-' || i % 40, 'session', '10.0.' || i % 200 || '.7', md5((i / 50)::text),
         (array['patch.approve', 'patch.propose', 'preview.finish', 'incident.change'])[1 + i % 4],
         md5((i / 30)::text)::uuid, 'patch ' || md5(i::text)::uuid, encode(sha256(i::text::bytea), 'hex'),
         json_build_object('approvals', i % 3, 'needed', 2, 'reason', 'Compared the “totals” of day ' || i % 365 || ' with the ledger by hand',
                           'seal', encode(sha256(i::text::bytea), 'hex'))
    from generate_series($1::bigint, $2::bigint) i`;

async function fill(url, entries) {
  await migrate(url, path.resolve(import.meta.dirname, '../prisma/migrations'));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let at = 0; at < entries; at += PIECE)
    await client.query(LINES, [at, Math.min(entries, at + PIECE) - 1]);
  await client.query('vacuum analyze audit, audit_link');
  await client.end();
}

const server = o.url === undefined ? await startTestPostgres() : { url: o.url, stop: async () => {} };
try {
  if (o.url === undefined) await fill(server.url, Number(o.entries));
  for (let run = 1; run <= Number(o.runs); run++) {
    const beganMs = performance.now();
    const reader = await openChainReader(server.url);
    const { entries, broken } = await verifyAudit(reader, { witnesses: [] });
    await reader.close();
    const seconds = (performance.now() - beganMs) / 1000;
    if (broken !== null) throw new Error(broken.message);
    const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
    console.log(`${entries.toLocaleString('en-US')} entries: ${seconds.toFixed(2)} s, ${mebibytes} MiB`);
  }
} finally {
  await server.stop();
}
