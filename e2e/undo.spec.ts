import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { approveBySomeoneElse } from './support/approver.ts';
import { ask } from './support/databases.ts';
import { checkLook } from './support/look.ts';
import { corrected, differences, type LiveRows, readLiveRows, readTruth } from './support/points.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test, watch } from './support/test.ts';

// A patch that is tried first, written, found wrong again, and put back. Each test goes on where the one before ended.
test.describe.configure({ mode: 'serial' });

const TABLE = 'points.hourly_points';

let page: Page;
let incident = '';
let patchId = '';
let faulty: LiveRows;
let moved = { user: '', hour: '', key: '' };
let offences: readonly string[] = [];

test.beforeAll(async ({ browser, baseURL }) => {
  page = await (await browser.newContext()).newPage();
  offences = watch(page, baseURL);
});
test.afterEach(() => expect(offences, 'what the page may not do').toEqual([]));
test.afterAll(() => page.context().close());

const card = (name: string) => page.getByRole('region', { name, exact: true });

/** Somebody else writes one of the patch's rows. */
const addPoints = (points: number) =>
  ask('sample', `update ${TABLE} set points = points + $3 where user_id = $1 and hour = $2`, [
    moved.user,
    moved.hour,
    points,
  ]);

test('a look and a rehearsal tell what the write would meet, and leave nothing', async () => {
  const { openSample, propose } = operator(page.request);
  incident = await openSample();
  faulty = await readLiveRows();
  const row = readTruth().find(({ action }) => action === 'update');
  if (row === undefined) throw new Error('the sample has no row to update');
  moved = { user: row.user, hour: row.key.split('|')[1] ?? '', key: row.key };
  patchId = (await propose(incident, FAILED)).id;

  await page.goto(`/incidents/${incident}/review`);
  await card('Before it is written').getByRole('button', { name: 'Look now' }).click();
  await expect(card('Before it is written')).toContainText('Nothing in the way');
  const rehearsal = card('Rehearsal');
  await rehearsal.getByRole('button', { name: 'Rehearse' }).click();
  await expect(rehearsal).toContainText('Would be written', { timeout: 20_000 });
  await expect(rehearsal).toContainText('No trigger ran');
  expect(differences(faulty, await readLiveRows()), 'a rehearsal writes nothing').toEqual([]);

  await addPoints(7);
  await rehearsal.getByRole('button', { name: 'Rehearse again' }).click();
  await expect(rehearsal).toContainText('It would be refused: 1 row changed since.', { timeout: 20_000 });
  await expect(rehearsal.getByRole('list', { name: 'Rows' })).toContainText(moved.user);
  await addPoints(-7);
});

test('an approved patch can be handed to a DBA as one file', async () => {
  const handed = card('Written by a DBA');
  await expect(handed.getByRole('button', { name: 'Export as SQL for a DBA' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await approveBySomeoneElse(page, 'Rehearsed, and looked at the largest.');
  const begun = page.waitForEvent('download');
  await handed.getByRole('button', { name: 'Export as SQL for a DBA' }).click();
  const sql = readFileSync(await (await begun).path(), 'utf8');
  expect(sql).toContain('recount.patch_ledger');
  expect(sql.trimEnd()).toMatch(/commit;$/i);
});

test('it is written, compared by itself, and a row that is wrong again raises an alarm', async () => {
  await page.getByRole('link', { name: 'Go on to apply 392 rows' }).click();
  const form = card('Apply');
  await form.getByRole('checkbox').check();
  await form.getByRole('textbox').fill(TABLE);
  await form.getByRole('button', { name: 'Apply 392 rows' }).click();
  await expect(page.getByText('392 of 392 rows match what the archive says.')).toBeVisible({
    timeout: 30_000,
  });
  expect(differences(corrected(faulty, readTruth()), await readLiveRows())).toEqual([]);

  const compared = card('Compared by itself');
  await compared.getByRole('button', { name: 'Every hour' }).click();
  await expect(compared).toContainText(/Next on /);
  await expect(compared.getByRole('button', { name: 'Every hour' })).toHaveAttribute('aria-pressed', 'true');

  await addPoints(7);
  await page.getByRole('button', { name: 'Verify again' }).click();
  const alarm = card('1 row is wrong again.');
  await expect(alarm).toContainText(moved.user, { timeout: 20_000 });
  await expect(compared.getByRole('cell', { name: 'Wrong again' })).toHaveCount(1);
  await checkLook(page, 'an alarm');
  await page.goto('/incidents');
  await expect(
    page.getByRole('row', { name: new RegExp(incident) }).getByText('Applied, then wrong again'),
  ).toBeVisible();
});

test('an undo says what moved, and is a patch of its own', async () => {
  await page.goto(`/incidents/${incident}/apply?patch=${patchId}`);
  await page.getByRole('button', { name: 'Undo this patch' }).click();
  const dialog = page.getByRole('dialog', { name: /^Undo patch \d+$/ });
  const rows = dialog.getByRole('table', { name: 'Rows that moved since the patch' });
  await expect(rows.getByRole('row')).toHaveCount(2);
  await expect(rows).toContainText(moved.user);
  await expect(dialog.getByRole('radio', { name: 'All 392 rows' })).toBeDisabled();
  await dialog.getByRole('button', { name: 'Review putting back 391 rows' }).click();
  await expect(dialog.getByText('Say why it is put back.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The archive was not whole');
  await dialog.getByRole('button', { name: 'Review putting back 391 rows' }).click();
  await expect(page.getByRole('heading', { name: /^Undo of patch \d+$/ })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('1 row that moved since stays as now.')).toBeVisible();
  await expect(card('Approval')).toContainText('The archive was not whole');
  await checkLook(page, 'the review of an undo');
});

test('once approved it puts back every row that had not moved, and no other', async () => {
  await approveBySomeoneElse(page, 'Agreed.');
  await page.getByRole('link', { name: 'Go on to put back 391 rows' }).click();
  const form = card('Apply the undo');
  await form.getByRole('checkbox').check();
  await form.getByRole('textbox').fill(TABLE);
  const before = (await readLiveRows()).get(moved.key);
  if (before === undefined) throw new Error(`${moved.key} is gone`);
  await form.getByRole('button', { name: 'Put back 391 rows' }).click();
  await expect(page.getByText(/^391 of 391 rows hold again what they held before patch \d+\.$/)).toBeVisible({
    timeout: 30_000,
  });
  const expected = new Map([...faulty, [moved.key, before]]);
  expect(differences(expected, await readLiveRows())).toEqual([]);

  await page.getByRole('link', { name: /^See patch \d+$/ }).click();
  await expect(page.getByText(/^Undone by patch \d+ on /)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo this patch' })).toHaveCount(0);
  await page.goto(`/incidents/${incident}/report`);
  const report = page.getByRole('article');
  await expect(report).toContainText(/It was put back by patch \d+ on .*“The archive was not whole”/);
  await expect(report).toContainText('1 row had moved on and stayed as it was.');
});
