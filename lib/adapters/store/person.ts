import pg from 'pg';
import type { StoreTransaction } from '#lib/adapters/store/client';

/** Who started this installation: its first admin. */
export const LOCAL_PERSON = 'local';

/** Makes the row of the first admin where there is none; changes nothing of one that is there. */
export async function ensurePerson(url: string, id: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      "insert into person (id, name, role) values ($1, $2, 'admin') on conflict (id) do nothing",
      [id, name],
    );
  } finally {
    await client.end();
  }
}

/** Two who take the same e-mail see one another. Held until the transaction ends. */
export async function lockEmails(tx: StoreTransaction): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('recount.person.email', 0))`;
}

/** The same for names. */
export async function lockNames(tx: StoreTransaction): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended('recount.person.name', 0))`;
}

/** The ids of all admins who are not disabled, held until the transaction ends: two changes see one another. */
export async function lockAdmins(tx: StoreTransaction): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from person where role = 'admin' and disabled_at is null order by id for update`;
  return rows.map(({ id }) => id);
}
