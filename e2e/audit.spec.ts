import { readFile } from 'node:fs/promises';
import { checkLook } from './support/look.ts';
import { signInAs } from './support/people.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test } from './support/test.ts';

test('what was done can be found, opened and taken away', async ({ page, request }) => {
  const client = operator(request);
  const incident = await client.openSample();
  await client.propose(incident, FAILED);
  await page.goto(`/incidents/${incident}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'What was done here' }).click();
  await expect(page.getByRole('heading', { name: 'Audit', level: 1 })).toBeVisible();
  await expect(page.getByRole('searchbox', { name: 'Incident' })).toHaveValue(incident);
  const table = page.getByRole('table', { name: 'The audit, the newest entry first' });
  await expect(table.getByRole('button', { name: 'Sent a patch for review' }).first()).toBeVisible();
  await checkLook(page, 'the audit of an incident');

  await page.getByRole('combobox', { name: 'What' }).click();
  await page.getByRole('option', { name: 'Sent a patch for review' }).click();
  await expect(page).toHaveURL(/action=patch\.propose/);
  await expect(table.getByRole('button', { name: 'Started a preview' })).toHaveCount(0);
  await table.getByRole('button', { name: 'Sent a patch for review' }).first().click();
  const detail = page.getByRole('dialog');
  await expect(detail.getByText('patch.propose')).toBeVisible();
  await expect(detail.getByRole('heading', { name: 'Seal of the patch' })).toBeVisible();
  await checkLook(page, 'an entry of the audit');
  await detail.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('searchbox', { name: 'From, UTC' }).fill('soon');
  await expect(page.getByText('Write it as 2026-11-22 14:05.')).toBeVisible();
  await page.getByRole('searchbox', { name: 'From, UTC' }).fill('2999-01-01');
  await expect(page.getByText('No entry is like that.')).toBeVisible();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(page).toHaveURL(/\/audit$/);
  await expect(page.getByText('Unbroken')).toBeVisible();
  const standing = page.getByRole('region', { name: 'How it stands with the audit' });
  await expect(standing.getByRole('button', { name: 'Copy public key' })).toBeVisible();

  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'JSON lines, to be verified' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    recount_audit: 1,
    complete: true,
    head: { signed: { signature: expect.any(String) } },
  });
  expect(lines.at(-1)).toContain('"action":"audit.export"');
});

test('a viewer reads the audit as well', async ({ browser }) => {
  const viewer = await signInAs(browser, 'viewer');
  const page = await viewer.newPage();
  await page.goto('/audit');
  await expect(
    page.getByRole('button', { name: 'Signed in' }).or(page.getByText('Robin viewer')).first(),
  ).toBeVisible();
  await viewer.close();
});
