import type { Locator, Page } from '@playwright/test';
import { ask } from './support/databases.ts';
import { checkLook } from './support/look.ts';
import { beginOverTable, choose, chooseWindow, differences, put } from './support/set-up.ts';
import { expect, test } from './support/test.ts';

// The states that keep no window of their own, over tables of PostgreSQL that the tests make.

const two = (n: number): string => String(n).padStart(2, '0');
const SHOPS = ['basel', 'genf', 'olten'];

const sql = (text: string) => ask('sample', text);

/** A sale of 2.25 every 20 minutes of 4 to 6 March, the shops in turn. */
const SALES = Array.from({ length: 3 * 72 }, (_, i) => {
  const minute = (i % 72) * 20;
  return {
    id: `s${i}`,
    time: `2025-03-0${4 + Math.floor(i / 72)}T${two(Math.floor(minute / 60))}:${two(minute % 60)}:00Z`,
    shop: SHOPS[i % 3] ?? '',
  };
});

/** Takings in tables: as they were at the 5th, and live, without what came from 09:00 to 11:00 on the 5th. */
async function writeTakings(): Promise<void> {
  put('takings/events/sales.csv', [
    'sale_id,sold_at,shop,price',
    ...SALES.map(({ id, time, shop }) => `${id},${time},${shop},2.25`),
  ]);
  const rows = (held: (time: string) => boolean): string =>
    SHOPS.map((shop) => {
      const n = SALES.filter((sale) => sale.shop === shop && held(sale.time)).length;
      return `('${shop}', ${(n * 225) / 100}, ${n})`;
    }).join(', ');
  const columns = '(shop text primary key, takings numeric(12,2) not null, sales bigint not null)';
  await sql(`
    drop schema if exists tills cascade; create schema tills;
    create table tills.tills (shop text primary key, opened date);
    create table tills.takings ${columns}; create table tills.takings_0305 ${columns};
    insert into tills.takings values ${rows((t) => !(t >= '2025-03-05T09' && t < '2025-03-05T11'))};
    insert into tills.takings_0305 values ${rows((t) => t < '2025-03-05')};
    analyze tills.takings; analyze tills.takings_0305`);
}

/** Names the live columns that are recalculated, and how. */
async function addMeasures(calculation: Locator, measures: Record<string, string>): Promise<void> {
  await calculation.getByRole('textbox', { name: 'Name' }).fill('takings');
  for (const [column, expression] of Object.entries(measures)) {
    const field = calculation.getByRole('textbox', { name: `Expression for ${column}` });
    await calculation.getByRole('button', { name: 'Add a column' }).click();
    await field.fill(expression);
  }
}

const next = (page: Page) => page.getByRole('region', { name: 'Next step' });
const rehearsal = (page: Page) => page.getByRole('region', { name: 'Rehearsal', exact: true });

async function preview(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await expect(next(page)).toContainText('to patch', { timeout: 30_000 });
}

/** The cells of a row of the differences from the first live value on. */
async function expectRow(page: Page, key: string, from: number, texts: readonly string[]): Promise<void> {
  const row = differences(page).getByRole('row').filter({ hasText: key });
  for (const [at, text] of texts.entries())
    await expect(row.getByRole('cell').nth(from + at)).toHaveText(text);
}

test('a running total in PostgreSQL: a table that was right, and values that are written as such', async ({
  page,
}) => {
  // Its form is filled twice.
  test.slow();
  await writeTakings();
  const { live, calculation } = await beginOverTable(
    page,
    'Takings too low',
    'takings/events',
    'tills.takings',
  );
  await live.getByRole('radio', { name: 'A running total' }).check();
  await expect(live.getByRole('checkbox', { name: /^shop/ })).toBeChecked();
  await live.getByRole('radio', { name: 'With a copy of the table that was right' }).check();
  const copy = live.getByRole('combobox', { name: 'Table of the copy' });
  await copy.click();
  // The live table itself is no copy of it.
  await expect(page.getByRole('option', { name: /^tills\.takings\b(?!_)/ })).toHaveCount(0);
  await page.getByRole('option', { name: /^tills\.tills/ }).click();
  const holds = live.getByRole('textbox', { name: 'It holds the events before' });
  await holds.fill('2025-03-05 10:00');
  await live.getByText('How sums and counts are written').click();
  await live.getByRole('radio', { name: 'Write the value, if the row did not move' }).check();
  await addMeasures(calculation, { takings: 'sum(price)', sales: 'count(*)' });
  const needed = page.getByRole('region', { name: 'What is still needed' });
  await expect(needed).toContainText('The copy tills.tills has no column takings, sales.');
  await choose(page, copy, /^tills\.takings_0305/);
  await expect(page.getByText('The set-up is complete; the window comes next.')).toBeVisible();
  await checkLook(page, 'running in PostgreSQL, form');
  await chooseWindow(page, '2025-03-05 09:00', '2025-03-05 11:00');
  // The copy must be older than the failure: said where the window is chosen, and again when it is tried.
  await expect(page.getByRole('region', { name: 'What this window means' })).toContainText(
    'tills.takings_0305 holds the events before 5 Mar 2025, 10:00 UTC, some of them from this window',
  );
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  const refused = page.getByRole('alert').filter({ hasText: 'The preview was not started.' });
  await expect(refused).toContainText('“It holds the events before” is later than the start of the window.');
  await expect(refused).toBeInViewport();
  const chosen = page.url();
  await refused.getByRole('link', { name: 'Change the set-up' }).click();
  await holds.fill('2025-03-05 00:00');
  await holds.press('Tab');
  await expect(holds).toHaveValue('2025-03-05T00:00:00Z');
  await expect(page.getByText('The set-up is complete; the window comes next.')).toBeVisible();
  await expect(page.getByText(/^Draft INC-\d+ is saved\.$/)).toBeVisible();
  await page.goto(chosen);
  await preview(page);
  // 24 sales a day and shop; of the two hours of the 5th two are missing in each: 70 of 72.
  for (const shop of SHOPS) await expectRow(page, shop, 3, ['157.50', '162.00', '+4.50', '70', '72', '+2']);
  await expect(next(page)).toContainText('3 rows to patch in one transaction (3 changed)');

  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/review\?/);
  await sql(`update tills.takings set takings = takings + 2.25, sales = sales + 1 where shop = 'genf'`);
  await rehearsal(page).getByRole('button', { name: 'Rehearse' }).click();
  await expect(rehearsal(page)).toContainText('It would be refused: 1 row changed since.', {
    timeout: 20_000,
  });
  await expect(rehearsal(page).getByRole('list', { name: 'Rows' })).toContainText('genf');
});

test('the same by the difference: what the worker adds meanwhile is kept', async ({ page }) => {
  await writeTakings();
  const { live, calculation } = await beginOverTable(
    page,
    'Takings while sales go on',
    'takings/events',
    'tills.takings',
  );
  await live.getByRole('radio', { name: 'A running total' }).check();
  await live.getByRole('radio', { name: 'With the first event there ever was' }).check();
  await addMeasures(calculation, { takings: 'sum(price)', sales: 'count(*)' });
  await chooseWindow(page, '2025-03-05 09:00', '2025-03-05 11:00');
  await preview(page);
  await expectRow(page, 'olten', 3, ['157.50', '162.00', '+4.50', '70', '72', '+2']);
  await expect(page.getByRole('region', { name: 'Findings' })).toContainText('no_cut');
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/review\?/);
  await sql(`update tills.takings set takings = takings + 2.25, sales = sales + 1 where shop = 'genf'`);
  await rehearsal(page).getByRole('button', { name: 'Rehearse' }).click();
  await expect(rehearsal(page)).toContainText('Would be written', { timeout: 20_000 });
});

/** Price tags: `tea` changed, `rum` left, `ink` came, `oil` changed again after the window, `pen` is right. */
async function writeTags(): Promise<void> {
  const line = (seq: number, at: string, op: string, article: string, price: string | null): string =>
    JSON.stringify({
      seq,
      at: `2025-03-05T${at}:00Z`,
      op,
      article,
      price,
      label: price && `${article} ${price}`,
    });
  put('tags/events/changes.jsonl', [
    line(1, '07:00', 'set', 'tea', '4.10'),
    line(2, '07:00', 'set', 'rum', '31.00'),
    line(3, '07:00', 'set', 'pen', '1.20'),
    line(4, '09:05', 'set', 'tea', '4.60'),
    // of one instant: the sequence decides
    line(6, '09:10', 'remove', 'rum', null),
    line(5, '09:10', 'set', 'rum', '29.00'),
    line(7, '09:20', 'set', 'ink', '8.00'),
    line(8, '09:30', 'set', 'oil', '6.00'),
    line(9, '12:00', 'set', 'oil', '6.50'),
    line(10, '09:40', 'set', 'pen', '1.20'),
  ]);
  await sql(`
    drop schema if exists tags cascade; create schema tags;
    create table tags.prices (article text primary key, price numeric(8,2), label text, note text);
    insert into tags.prices values ('tea', 4.10, 'tea 4.10', 'keep'), ('rum', 31.00, 'rum 31.00', 'by hand'),
      ('pen', 1.20, 'pen 1.20', null), ('oil', 6.50, 'oil 6.50', null);
    analyze tags.prices`);
}

test('the newest event in PostgreSQL: changed, come, removed, and moved on', async ({ page }) => {
  await writeTags();
  const { live, calculation, archive } = await beginOverTable(
    page,
    'Prices stand still',
    'tags/events',
    'tags.prices',
  );
  await live.getByRole('radio', { name: 'The newest event' }).check();
  await choose(page, archive.getByRole('combobox', { name: 'Sequence' }), 'seq');
  await live.getByRole('textbox', { name: 'Events that remove the row' }).fill("op = 'remove'");
  await calculation.getByRole('textbox', { name: 'Name' }).fill('prices');
  await expect(calculation.getByRole('textbox', { name: 'Expression for price' })).toHaveValue('last(price)');
  await expect(calculation.getByRole('textbox', { name: 'Expression for label' })).toHaveValue('last(label)');
  await checkLook(page, 'latest in PostgreSQL, form');
  await chooseWindow(page, '2025-03-05 09:00', '2025-03-05 10:00');
  await preview(page);
  await expect(next(page)).toContainText(
    '3 rows to patch in one transaction (1 changed, 1 added, 1 deleted)',
  );
  const chips = page.getByRole('group', { name: 'Filter by kind' });
  for (const kind of ['Too low', 'Missing in live', 'Deleted', 'Superseded'])
    await expect(chips.getByRole('button', { name: `${kind} 1` })).toBeVisible();
  await expectRow(page, 'tea', 3, ['4.10', '4.60', '+0.50', 'tea 4.10', 'tea 4.60']);
  await expect(differences(page).getByRole('row').filter({ hasText: 'pen' })).toHaveCount(0);
  await checkLook(page, 'latest in PostgreSQL, preview');
});
