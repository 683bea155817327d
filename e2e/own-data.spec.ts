import { mkdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { approveBySomeoneElse } from './support/approver.ts';
import {
  BAD_LINES,
  FIRST_BAD_LINE,
  HOSTILE_KEYS,
  patchedLive,
  writeArchive,
  writeLive,
  writeNoArchives,
} from './support/own-files.ts';
import { expect, test } from './support/test.ts';

/** Chooses a file as a person does, and waits until it has arrived whole. */
async function upload(page: Page, button: string, file: string, name: string): Promise<void> {
  const asked = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await asked).setFiles(file);
  await expect(
    page.getByRole('list', { name: 'Files' }).getByRole('listitem').filter({ hasText: name }),
  ).toContainText(/SHA-256 [0-9a-f]/);
}

function folderOf(info: { outputPath: (name: string) => string }): string {
  const folder = info.outputPath('files');
  mkdirSync(folder, { recursive: true });
  return folder;
}

test('own files: from the upload to the patched file', async ({ page }, info) => {
  const folder = folderOf(info);
  const live = writeLive(folder);
  await page.goto('/incidents/new');
  await page.getByRole('textbox', { name: 'What went wrong' }).fill('Totals of 10 June');
  await upload(page, 'Choose files', writeArchive(folder), 'archive.csv');
  await expect(page.getByText('1 of 1 files')).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Happened at' })).toHaveText('timestamp');
  await expect(page.getByRole('combobox', { name: 'Event id' })).toHaveText('event_id');
  await page.getByRole('combobox', { name: /^Type of value/ }).fill('decimal(18,2)');
  await page.getByRole('button', { name: 'File', exact: true }).click();
  await page.getByRole('button', { name: 'Upload it' }).click();
  await upload(page, 'Choose a file', live, 'live.csv');
  await page.getByRole('button', { name: 'Use live.csv' }).click();
  await expect(page.getByRole('checkbox', { name: /^user_id/ })).toBeChecked();
  const calculation = page.getByRole('region', { name: 'Calculation' });
  await calculation.getByRole('textbox', { name: 'Name' }).fill('value-per-user');
  await expect(calculation.getByRole('textbox', { name: 'Expression for value' })).toHaveValue('sum(value)');
  await expect(page.getByText('The set-up is complete; the window comes next.')).toBeVisible();

  await page.getByRole('button', { name: 'Read archive' }).click();
  const aside = page.getByRole('table', { name: 'Records that were set aside' });
  for (const [at, { text, reason }] of BAD_LINES.entries()) {
    const row = aside.getByRole('row').filter({ hasText: text.split(',')[0] ?? '' });
    await expect(row.getByRole('cell').nth(0)).toHaveText('archive.csv');
    await expect(row.getByRole('cell').nth(1)).toHaveText(String(FIRST_BAD_LINE + at));
    await expect(row.getByRole('cell').nth(2)).toHaveText(reason);
    await expect(row.getByRole('cell').nth(3)).toHaveText(text);
  }

  await page.getByRole('link', { name: 'Choose the window' }).click();
  await expect(page.getByRole('slider', { name: 'Visible part of the archive' })).toBeVisible();
  await page.getByRole('textbox', { name: 'From' }).fill('2024-06-10 12:00');
  await page.getByRole('textbox', { name: 'To', exact: true }).fill('2024-06-10 12:30');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('slider', { name: 'Window end' })).toHaveAttribute(
    'aria-valuetext',
    '2024-06-10 12:30 UTC',
  );
  await page.getByRole('button', { name: 'Preview', exact: true }).click();

  const next = page.getByRole('region', { name: 'Next step' });
  await expect(next).toContainText('Blocked by records that could not be read.', { timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Send for review' })).toHaveAttribute(
    'aria-disabled',
    'true',
  );

  await page.goto(page.url().replace(/\/incidents\/(INC-\d+)\/.*/, '/incidents/new?incident=$1'));
  await page.getByText('How strictly it is read').click();
  await page.getByRole('textbox', { name: 'Unreadable records allowed' }).fill('3');
  await expect(page.getByText(/^Draft INC-\d+ is saved\.$/)).toBeVisible();
  await page.goBack();
  await expect(next).toContainText('The plan changed since this preview. Run again.');
  await page.getByRole('button', { name: 'Run again' }).first().click();
  await expect(next).toContainText('7 rows to patch in one transaction (4 changed, 3 added)', {
    timeout: 30_000,
  });

  const rows = page.getByRole('table', { name: /Rows that differ/ });
  for (const key of HOSTILE_KEYS)
    await expect(rows.getByRole('button', { name: key, exact: true })).toBeVisible();
  await rows.getByRole('button', { name: HOSTILE_KEYS[1], exact: true }).click();
  await expect(page.getByRole('complementary', { name: 'Row' }).getByRole('heading')).toHaveText(
    HOSTILE_KEYS[1],
  );
  await page.getByRole('button', { name: 'Raw records' }).click();
  await expect(page.getByText('archive.csv, line 43')).toBeVisible();
  await expect(page.getByRole('main').locator('img[src]')).toHaveCount(0);
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);

  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/\/review/);
  await approveBySomeoneElse(page, 'Checked by hand');
  await page.getByRole('link', { name: 'Go on to apply 7 rows' }).click();
  await page.getByRole('checkbox', { name: /will be written now/ }).check();
  await page.getByRole('textbox', { name: /to confirm/ }).fill('live.csv');
  await page.getByRole('button', { name: 'Apply 7 rows' }).click();
  await expect(page.getByText('7 of 7 rows match what the archive says.')).toBeVisible({ timeout: 30_000 });

  const patched = await download(page, 'Patched file');
  expect(patched).toBe(patchedLive(live));

  await page.getByRole('link', { name: 'Open the report' }).click();
  await expect(page.getByRole('article')).toContainText('Applied and verified');
  expect(await download(page, /^Corrections, CSV/)).toContain(`'${HOSTILE_KEYS[0]}`);
  expect(await download(page, /^Corrections, exact/)).toMatch(/^insert,=cmd\(\),/m);
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
});

async function download(page: Page, name: string | RegExp): Promise<string> {
  const begun = page.waitForEvent('download');
  await page.getByRole('link', { name }).click();
  return readFileSync(await (await begun).path(), 'utf8');
}

test('what is no archive is refused in words, and nothing of it is kept', async ({ page }, info) => {
  const files = writeNoArchives(folderOf(info));
  const refusals = [
    [files.page, 'login.csv', /login\.csv.*HTML/i],
    [files.twice, 'twice.csv', /twice\.csv.*timestamp/],
    [files.cutShort, 'cut.csv.gz', /cut\.csv\.gz.*(ends|cut|truncated)/i],
  ] as const;
  for (const [file, name, words] of refusals) {
    await page.goto('/incidents/new');
    await upload(page, 'Choose files', file, name);
    const archive = page.getByRole('region', { name: 'Archive', exact: true });
    await expect(archive.getByText(words)).toBeVisible();
  }
});
