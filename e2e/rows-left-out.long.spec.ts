import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { APIRequestContext, Page } from '@playwright/test';
import { installation } from './support/installation.ts';
import { expect, test } from './support/test.ts';

const USERS = ['ann', 'ben', 'cid', 'dan', 'eve'];
const file = (name: string): string => path.join(installation().archives, name);

/** Five users with an event each; live, the first three are too low and the fourth is missing. */
function writeFiles(name: string, more: readonly string[] = []): void {
  const events = USERS.map((user, i) => `${i},2024-06-10T12:0${i}:00Z,${user},${i + 1}.50`);
  writeFileSync(file(`${name}.csv`), ['id,at,user_id,value', ...events, ...more, ''].join('\n'));
  const live = USERS.flatMap((user, i) => (i === 3 ? [] : [`${user},${i < 3 ? '0.25' : `${i + 1}.50`}`]));
  writeFileSync(file(`${name}-live.csv`), ['user_id,total', ...live, ''].join('\n'));
}

async function post<T>(request: APIRequestContext, at: string, data: object): Promise<T> {
  const answer = await request.post(`/api/v1/${at}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

/** An incident over those files, previewed; answers its reference. The page is on its preview then. */
async function previewed(page: Page, name: string, more: readonly string[] = []): Promise<string> {
  writeFiles(name, more);
  const at = (suffix: string) => ({ kind: 'path', root: 'e2e', path: `${name}${suffix}` });
  const archive = await post<{ id: string }>(page.request, 'archives', at('.csv'));
  const live = await post<{ id: string }>(page.request, 'live-stores', { ...at('-live.csv'), kind: 'file' });
  const incident = await post<{ number: number }>(page.request, 'incidents', {
    title: `Totals ${name}`,
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
  const reference = `INC-${incident.number}`;
  await post(page.request, `incidents/${reference}/previews`, {});
  await page.goto(`/incidents/${reference}/preview`);
  return reference;
}

const footer = (page: Page) => page.getByRole('region', { name: 'Next step' });
const table = (page: Page) => page.getByRole('table', { name: /Rows that differ/ });
const box = (page: Page, key: string) => page.getByRole('checkbox', { name: `Include ${key} in the patch` });

async function clean(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

test('rows are left out with a reason, restored, and stay as they are in the live file', async ({ page }) => {
  await previewed(page, 'left');
  await expect(footer(page)).toContainText('4 rows to patch in one transaction (3 changed, 1 added)');
  await expect(box(page, 'ann')).toBeChecked();

  await box(page, 'ann').click();
  const dialog = page.getByRole('dialog', { name: 'Leave out ann' });
  await expect(dialog.getByRole('textbox', { name: 'Reason' })).toBeFocused();
  await clean(page);
  await dialog.getByRole('button', { name: 'Leave out 1 row' }).click();
  await expect(dialog.getByText('Say why, in a few words.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Test account');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(footer(page)).toContainText('3 rows to patch in one transaction, 1 left out');
  await expect(box(page, 'ann')).not.toBeChecked();
  await expect(table(page).getByRole('row').filter({ hasText: 'ann' })).toContainText('Left out');

  // X leaves out the row that J went to; a reason given before is one press away
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  const asked = page.getByRole('dialog', { name: /^Leave out / });
  await asked.getByRole('button', { name: 'Test account' }).click();
  await asked.getByRole('button', { name: 'Leave out 1 row' }).click();
  await expect(footer(page)).toContainText('2 rows to patch in one transaction, 2 left out');

  const chips = page.getByRole('group', { name: 'Filter by kind' });
  await chips.getByRole('button', { name: /^Left out/ }).click();
  await expect(page.getByText('2 rows shown.')).toBeVisible();
  await clean(page);
  await page.getByRole('button', { name: 'Restore 2 rows left out' }).click();
  await expect(footer(page)).toContainText('4 rows to patch');

  await chips.getByRole('button', { name: /^Too low/ }).click();
  await page.getByRole('button', { name: 'Leave out 3 filtered rows' }).click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('The owner corrects them');
  await page.getByRole('button', { name: 'Leave out 3 rows' }).click();
  await expect(footer(page)).toContainText('1 row to patch, 3 left out');
  await box(page, 'ben').click();
  await expect(footer(page)).toContainText('2 rows to patch in one transaction, 2 left out');

  await table(page).getByRole('button', { name: 'cid' }).click();
  const panel = page.getByRole('complementary', { name: 'Row' });
  await expect(panel).toContainText('Left out of the patch: The owner corrects them');
  await clean(page);
  await page.getByRole('button', { name: 'Send for review' }).click();
  await page.waitForURL(/review\?patch=/);
  const patch = new URL(page.url()).searchParams.get('patch') ?? '';
  const rows = await (await page.request.get(`/api/v1/patches/${patch}/rows`)).json();
  expect(rows.rows.map((row: { keys: string[] }) => row.keys[0])).toEqual(['ben', 'dan']);
  expect(readFileSync(file('left-live.csv'), 'utf8')).toContain('ben,0.25');
});

test('on a phone a row is left out in its sheet', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await previewed(page, 'phone');
  await page.getByRole('list', { name: 'Rows that differ' }).getByRole('button', { name: /^ann/ }).click();
  const sheet = page.getByRole('dialog', { name: 'Row' });
  await sheet.getByRole('button', { name: 'Leave out of patch' }).click();
  await page.getByRole('textbox', { name: 'Reason' }).fill('By hand');
  await page.getByRole('button', { name: 'Leave out 1 row' }).click();
  await expect(sheet).toContainText('Left out of the patch: By hand');
  await clean(page);
  await sheet.getByRole('button', { name: 'Restore' }).click();
  await expect(sheet.getByRole('button', { name: 'Leave out of patch' })).toBeVisible();
});

test('a block says what settles it, and one press previews with it', async ({ page }) => {
  await previewed(page, 'blocked', ['x,no time at all,ann,1.00', '0,2024-06-10T12:00:00Z,ann,9.00']);
  const findings = page.getByRole('region', { name: 'Findings' });
  await expect(findings).toContainText('1 record of the archive could not be read');
  await expect(findings).toContainText('1 event id occurs with different contents');
  await clean(page);
  const ids = findings.getByRole('list', { name: 'Event ids with several contents' });
  await expect(ids).toContainText(/value 1\.50\s*blocked\.csv, line 2/);
  await expect(ids).toContainText(/value 9\.00\s*blocked\.csv, line 8/);
  const [list] = await Promise.all([
    page.waitForEvent('download'),
    findings.getByRole('link', { name: 'List of 1 record' }).click(),
  ]);
  expect(readFileSync(await list.path(), 'utf8')).toContain('no time at all');
  await findings.getByRole('button', { name: 'Allow and run again' }).click();
  await expect(findings).not.toContainText('could not be read, more than');
  await findings.getByRole('button', { name: 'Count the last to arrive, run again' }).click();
  await expect(page.getByRole('button', { name: 'Send for review' })).not.toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await expect(table(page).getByRole('row').filter({ hasText: 'ann' })).toBeVisible();
});
