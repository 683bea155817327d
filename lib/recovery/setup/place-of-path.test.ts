import { expect, it } from 'vitest';
import { Failure } from '#lib/base/failure';
import { readEnv } from '#lib/recovery/setup/env';
import { rootedPath } from '#lib/recovery/setup/place-of-path';
import type { Place } from '#lib/recovery/setup/places';

const env = {
  ...readEnv({ RECOUNT_DATA_DIR: '/srv/data' }),
  archiveRoots: [
    { name: 'days', path: '/srv/days' },
    { name: 'copies', path: '/srv/copies' },
  ],
};
const missing = new Failure('archive.not_found', 'Nothing is there.');
const holding = (...there: string[]) => {
  return async ({ full }: Place) => {
    if (!there.includes(full)) throw missing;
  };
};

it('a full path belongs to the root that it lies under', async () => {
  const found = await rootedPath(env, '/srv/copies/a/*.csv', holding('/srv/copies/a/*.csv'));
  expect(found).toEqual({ root: 'copies', path: 'a/*.csv' });
  expect(await rootedPath(env, '/srv/days', holding('/srv/days'))).toEqual({ root: 'days', path: '' });
});

it('a relative path is looked for under each root, and must be under one', async () => {
  expect(await rootedPath(env, 'a.csv', holding('/srv/copies/a.csv'))).toEqual({
    root: 'copies',
    path: 'a.csv',
  });
  const both = holding('/srv/days/a.csv', '/srv/copies/a.csv');
  await expect(rootedPath(env, 'a.csv', both)).rejects.toThrow('found under several');
});

it('tells what lies outside, what leads out, and what is not there', async () => {
  for (const path of ['/srv/daysafter/a.csv', '/etc/passwd', '../days/a.csv', '/srv/days/../secret.csv']) {
    await expect(rootedPath(env, path, holding())).rejects.toMatchObject({ code: 'archive.outside_roots' });
  }
  await expect(rootedPath(env, '/srv/days/none.csv', holding())).rejects.toBe(missing);
});
