import type { Context } from '#lib/recovery/setup/context';

export type Health = { readonly status: 'ok'; readonly records: 'ok' };

/** Answers when the records can be read; throws the database's error when not. */
export async function readHealth({ store }: Context): Promise<Health> {
  await store.$queryRaw`select 1`;
  return { status: 'ok', records: 'ok' };
}
