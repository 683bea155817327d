import { expect, it } from 'vitest';
import { type ColumnSpec, sealedPatch } from '#lib/patch/conformance/patch-fixture';
import {
  by,
  type LiveHarness,
  normal,
  row,
  START,
  type TableSpec,
  TOTAL,
  USER,
} from '#lib/patch/conformance/user-totals';
import type { LiveStore } from '#lib/patch/live-store';
import type { SealedPatch } from '#lib/patch/patch';

/** What a preview makes now: 5 are missing of `key`. */
async function preview(store: LiveStore, key: string, before: string, after: string): Promise<SealedPatch> {
  const live = await store.describe();
  const made = sealedPatch(live, {
    keys: [USER],
    measures: [{ ...TOTAL, mode: 'delta' }],
    rows: [{ op: 'update', key: [key], before: [before], after: [after], delta: ['5.00'] }],
  });
  const { header } = made;
  return { ...made, header: { ...header, ...(live.shape === undefined ? {} : { targetShape: live.shape }) } };
}

const twice = { code: 'patch.stale', message: expect.stringContaining('would count twice') };
const totals = (a: string, b: string): string[] =>
  normal([row('a', a, '1', 'kept'), row('b', b, '2', null), row('c', '3.00', '3', 'whole row')]);

const SHOP: ColumnSpec = { name: 'shop', type: 'DECIMAL(18,2)' };
const BY_SHOP: TableSpec = {
  columns: [USER, SHOP, TOTAL],
  keys: ['user_id', 'shop'],
  unique: true,
  rows: [
    { user_id: 'a', shop: '1.00', total: '1.00' },
    { user_id: 'a', shop: '2.00', total: '1.00' },
  ],
};

async function previewBy(
  store: LiveStore,
  keys: readonly ColumnSpec[],
  key: readonly string[],
): Promise<SealedPatch> {
  const live = await store.describe();
  const { header, rows } = sealedPatch(live, {
    keys,
    measures: [{ ...TOTAL, mode: 'delta' }],
    rows: [{ op: 'update', key, before: ['1.00'], after: ['6.00'], delta: ['5.00'] }],
    salt: keys.map(({ name }) => name).join(),
  });
  return { rows, header: { ...header, ...(live.shape === undefined ? {} : { targetShape: live.shape }) } };
}

/** Added deltas have no before-value that would guard them: of two previews of one fault only one may be written. */
export function deltaSinceCases(harness: LiveHarness): void {
  it('a delta is not added a second time by another preview of the same fault', async () => {
    const { store, disturb, read } = await harness.create(START);
    const first = await preview(store, 'a', '1.00', '6.00');
    await disturb({ user_id: 'a' }, { total: '2.00' }); // a consumer goes on adding
    const second = await preview(store, 'a', '2.00', '7.00');
    const other = await preview(store, 'b', '2.50', '7.50');
    expect(await store.apply(first, by)).toBe('applied');
    await expect(store.apply(second, by)).rejects.toMatchObject({
      ...twice,
      details: { rows: [expect.stringMatching(/user_id.a: written by another patch since/)] },
    });
    expect(normal(await read())).toEqual(totals('7.00', '2.50'));
    expect((await store.rehearse(second, by)).refusal).toMatchObject({ code: 'patch.stale' });
    expect(await store.apply(other, by)).toBe('applied'); // other rows
    expect(await store.apply(first, by)).toBe('already_applied');
    await disturb({ user_id: 'a' }, { total: '8.00' });
    expect(await store.apply(await preview(store, 'a', '8.00', '13.00'), by)).toBe('applied'); // previewed since
    expect(normal(await read())).toEqual(totals('13.00', '7.50'));
    await store.close();
  });
  it('nor after an undo that the preview did not see', async () => {
    const { store, read } = await harness.create(START);
    const first = await preview(store, 'a', '1.00', '6.00');
    await store.apply(first, by);
    const second = await preview(store, 'a', '6.00', '11.00');
    await store.undo(first, by);
    await expect(store.apply(second, by)).rejects.toMatchObject(twice);
    expect(normal(await read())).toEqual(totals('1.00', '2.50'));
    await store.close();
  });
  it('nor by a preview that was made while the other patch was being written', async () => {
    const { store, read } = await harness.create(START);
    const first = await preview(store, 'a', '1.00', '6.00');
    let second: SealedPatch | null = null;
    const beforeCommit = async (): Promise<void> => {
      second = await preview(store, 'a', '1.00', '6.00');
    };
    expect(await store.apply(first, { ...by, beforeCommit })).toBe('applied');
    if (second === null) throw new Error('not previewed');
    const { header, rows }: SealedPatch = second;
    const own = { rows, header: { ...header, id: 'another', seal: 'f'.repeat(64) } };
    await expect(store.apply(own, by)).rejects.toMatchObject(twice);
    expect(normal(await read())).toEqual(totals('6.00', '2.50'));
    await store.close();
  });
  it('nor by one that has the same keys in another order, or written with other digits', async () => {
    const { store, read } = await harness.create(BY_SHOP);
    const add = (keys: readonly ColumnSpec[], key: readonly string[]): Promise<SealedPatch> =>
      previewBy(store, keys, key);
    const [first, turned, digits, elsewhere] = [
      await add([USER, SHOP], ['a', '1.00']),
      await add([SHOP, USER], ['1.00', 'a']),
      await add([USER, SHOP], ['a', '1']),
      await add([SHOP, USER], ['2.00', 'a']),
    ];
    expect(await store.apply(first, by)).toBe('applied');
    await expect(store.apply(turned, by)).rejects.toMatchObject(twice);
    await expect(store.apply(digits, by)).rejects.toMatchObject(twice);
    expect(await store.apply(elsewhere, by)).toBe('applied'); // another row
    expect((await read()).map(({ total }) => total)).toEqual(['6.00', '6.00']);
    await store.close();
  });
  it('nor by one with other key columns, of which nobody can tell the rows', async () => {
    const { store, read } = await harness.create({ ...BY_SHOP, rows: BY_SHOP.rows.slice(0, 1) });
    const narrow = await previewBy(store, [USER], ['a']);
    expect(await store.apply(await previewBy(store, [USER, SHOP], ['a', '1.00']), by)).toBe('applied');
    await expect(store.apply(narrow, by)).rejects.toMatchObject(twice);
    expect((await read()).map(({ total }) => total)).toEqual(['6.00']);
    await store.close();
  });
}
