import pg from 'pg';

/** The person of this installation, until people can sign in. */
export const LOCAL_PERSON = 'local';

/** Makes the row of a person where there is none; keeps the name of one that is there. */
export async function ensurePerson(url: string, id: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('insert into person (id, name) values ($1, $2) on conflict (id) do nothing', [
      id,
      name,
    ]);
  } finally {
    await client.end();
  }
}
