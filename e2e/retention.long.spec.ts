import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { APIRequestContext } from '@playwright/test';
import { installation } from './support/installation.ts';
import { checkLook } from './support/look.ts';
import { proveAgain, signInAs } from './support/people.ts';
import { expect, test, watch } from './support/test.ts';

async function post<T>(request: APIRequestContext, at: string, data: object = {}): Promise<T> {
  const answer = await request.post(`/api/v1/${at}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

/** An incident over files of its own, whose patch waits for approval. Answers its number and its run. */
async function proposed(request: APIRequestContext): Promise<{ number: number; runId: string }> {
  const file = (name: string): string => path.join(installation().archives, name);
  writeFileSync(file('kept.csv'), 'id,at,user_id,value\n1,2024-06-10T12:00:00Z,ann,1.50\n');
  writeFileSync(file('kept-live.csv'), 'user_id,total\nann,0.25\n');
  const at = (suffix: string) => ({ kind: 'path', root: 'e2e', path: `kept${suffix}` });
  const archive = await post<{ id: string }>(request, 'archives', at('.csv'));
  const live = await post<{ id: string }>(request, 'live-stores', { ...at('-live.csv'), kind: 'file' });
  const { number } = await post<{ number: number }>(request, 'incidents', {
    title: 'Kept for a while',
    archiveId: archive.id,
    liveStoreId: live.id,
    plan: {
      archive: { fields: { id: 'id', time: 'at' }, types: { value: 'decimal(18,2)' } },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z', clock: 'time' },
      calculation: {
        name: 'totals',
        versions: [{ version: 1, keys: { user_id: 'user_id' }, measures: { total: 'sum(value)' } }],
      },
      live: { state: 'window', keys: ['user_id'] },
    },
  });
  const { id } = await post<{ id: string }>(request, `incidents/INC-${number}/previews`);
  await expect
    .poll(async () => (await (await request.get(`/api/v1/runs/${id}`)).json()).state, { timeout: 30_000 })
    .toBe('done');
  await post(request, `runs/${id}/patches`);
  return { number, runId: id };
}

test('an admin closes an incident, erases what is kept of it, and its page says so', async ({ page }) => {
  await proveAgain();
  const { number, runId } = await proposed(page.request);
  const name = `INC-${number}`;
  await page.goto('/settings/retention');
  const row = page.getByRole('listitem').filter({ hasText: `${name} ` });
  const erase = page.getByRole('button', { name: `Erase what is kept of ${name}` });
  await expect(row.getByText(/waits for approval\. Withdraw it/).first()).toBeVisible();
  await expect(erase).toHaveAttribute('aria-disabled', 'true');
  await checkLook(page, 'what is kept');

  await row.getByRole('link', { name: 'Kept for a while' }).click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Close incident' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close incident' }).click();
  await expect(page.getByText('Closed', { exact: true }).first()).toBeVisible();

  await page.goto('/settings/retention');
  await erase.click();
  const dialog = page.getByRole('dialog');
  const sure = dialog.getByRole('button', { name: 'Erase for good' });
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('The customer asked for it.');
  await dialog.getByRole('textbox', { name: /to confirm/ }).fill('INC-');
  await expect(sure).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByRole('textbox', { name: /to confirm/ }).fill(name);
  await checkLook(page, 'before what is kept is erased');
  await sure.click();
  await expect(row.getByText(/erased/)).toBeVisible();
  await expect(erase).toHaveCount(0);

  await page.goto(`/incidents/${name}/preview`);
  await expect(
    page.getByText(/Erased on .* by .*: the rows and differences can't be opened any more/),
  ).toBeVisible();
  await expect(page.getByText('The differences of this preview were erased.')).toBeVisible();
  await checkLook(page, 'an erased preview');
  expect((await page.request.get(`/api/v1/runs/${runId}/discrepancies`)).status()).toBe(410);
  await page.getByRole('link', { name: 'Open the report' }).first().click();
  await expect(page.getByRole('article')).toContainText('Kept for a while');
  await expect(page.getByRole('link', { name: 'Markdown' })).toBeVisible();
  await expect(page.getByRole('link', { name: /Corrections/ })).toHaveCount(0);
  await page.goto(`/incidents/${name}/review`);
  await expect(page.getByText('The rows of this patch were erased.')).toBeVisible();
});

test('an admin sets how long rows stay; others read it', async ({ page, browser, baseURL }) => {
  await proveAgain();
  await page.goto('/settings/retention');
  await page.getByRole('combobox', { name: 'Rows of previews and patches: when it goes' }).click();
  await page.getByRole('option', { name: 'Remove after' }).click();
  const days = page.getByRole('textbox', { name: 'Rows of previews and patches: days' });
  await days.fill('0');
  await expect(page.getByText('From 1 to 3650.')).toBeVisible();
  await days.fill('3650');
  await page.getByRole('button', { name: 'Save retention' }).click();
  await expect(page.getByRole('button', { name: 'Save retention' })).toHaveAttribute('aria-disabled', 'true');
  await page.reload();
  await expect(days).toHaveValue('3650');

  const viewer = await signInAs(browser, 'viewer');
  const other = await viewer.newPage();
  const offences = watch(other, baseURL);
  await other.goto('/settings/retention');
  await expect(other.getByText(/You can view what is kept\. To change it, ask an admin/)).toBeVisible();
  await expect(other.getByRole('textbox', { name: 'Rows of previews and patches: days' })).toBeDisabled();
  expect(offences).toEqual([]);
  await viewer.close();
});
