import { afterAll, beforeAll } from 'vitest';
import { LEDGER_STATEMENTS } from '#lib/adapters/live/postgres/ledger-script';
import { createRole, postgresHarness, sqlRows } from '#lib/adapters/live/postgres/testing';
import { startTestPostgres, type TestPostgres } from '#lib/adapters/postgres-server/testing';
import { liveStoreConformance } from '#lib/patch/conformance/live-store-conformance';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

liveStoreConformance(postgresHarness(() => server.url, 'PostgreSQL, as the owner'));

/** The least that a DBA would grant: no temporary tables, no CREATE, the ledger for reading and adding only. */
async function plainRole(url: string, table: string): Promise<string> {
  await sqlRows(url, LEDGER_STATEMENTS.join(';\n'));
  return createRole(
    url,
    (role) => `
      revoke temporary on database ${new URL(url).pathname.slice(1)} from public;
      grant usage on schema recount to ${role};
      grant select, insert on all tables in schema recount to ${role};
      grant select, insert, update, delete on ${table} to ${role}`,
  );
}
liveStoreConformance(
  postgresHarness(() => server.url, 'PostgreSQL, as a role without temporary tables', plainRole),
);
