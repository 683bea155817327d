import { expect, it } from 'vitest';
import { sealedPatch } from '#lib/patch/conformance/patch-fixture';
import { by, type LiveHarness, normal, row, START, TOTAL, USER } from '#lib/patch/conformance/user-totals';
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
}
