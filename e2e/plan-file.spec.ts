import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { IncidentView } from '#lib/incident/incident';
import { checkLook } from './support/look.ts';
import { prepared, put, showPreview } from './support/set-up.ts';
import { expect, test } from './support/test.ts';

/** An incident with what a plan can say beside the plain: two versions, a cut, a type, a tolerance. */
async function anIncident(page: Page): Promise<string> {
  put('plan/events/events.csv', [
    'id,at,user,amount',
    ...['ann', 'ben', 'cid'].map((user, i) => `${i},2024-06-10T12:0${i}:00Z,${user},${i + 1}.50`),
  ]);
  put('plan/totals.csv', ['user,total', 'ann,0.25', 'ben,2.50']);
  return prepared(page.request, {
    title: 'Out and in again',
    archive: 'plan/events',
    live: 'plan/totals.csv',
    plan: {
      archive: { fields: { id: 'id', time: 'at' }, types: { amount: 'decimal(18,2)' }, rejects: '0.5%' },
      window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T12:30:00Z', clock: 'time' },
      calculation: {
        name: 'totals',
        versions: [
          { version: 1, keys: { user: 'user' }, measures: { total: 'sum(amount)' } },
          {
            version: 2,
            since: '2024-06-10T12:02:00Z',
            keys: { user: 'lower("user")' },
            measures: { total: 'sum(amount * 2)' },
          },
        ],
      },
      live: { state: 'running', keys: ['user'], baseline: 'none', cut: '2024-06-10T13:00:00Z' },
      patch: { guard: 'value' },
    },
  });
}

async function sealOf(page: Page, reference: string): Promise<string> {
  const answer = await page.request.get(`/api/v1/incidents/${reference}`);
  const { latestRun }: IncidentView = await answer.json();
  return latestRun?.summary?.patch.seal ?? 'no seal';
}

async function exportPlan(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'More actions' }).click();
  const begun = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Export plan' }).click();
  return readFileSync(await (await begun).path(), 'utf8');
}

async function openPlan(page: Page, text: string): Promise<void> {
  await page.goto('/incidents/new');
  await page.getByRole('button', { name: 'Open a plan file' }).click();
  await page.getByRole('textbox', { name: 'Plan', exact: true }).fill(text);
  await page.getByRole('button', { name: 'Open as incident' }).click();
}

test('an incident goes out as a plan and comes in as an incident with the same seal', async ({ page }) => {
  const reference = await anIncident(page);
  await showPreview(page, reference);
  const plan = await exportPlan(page);
  expect(plan).toMatch(/^# yaml-language-server: \$schema=http/);
  await openPlan(page, plan);
  await page.waitForURL(/\/incidents\/new\?incident=INC-\d+/);
  await expect(page.getByText('The set-up is complete; the window comes next.')).toBeVisible();
  const opened = /INC-\d+/.exec(page.url())?.[0] ?? '';
  expect(opened).not.toBe(reference);
  await expect(page.getByRole('radio', { name: 'A running total' })).toBeChecked();
  await expect(page.getByRole('textbox', { name: 'The rows hold the events before' })).toHaveValue(
    '2024-06-10T13:00:00Z',
  );
  await page.getByText('Versions of the calculation: 2').click();
  await expect(page.getByRole('textbox', { name: 'Deployed at' })).toHaveValue('2024-06-10T12:02:00Z');
  await showPreview(page, opened);
  const seal = await sealOf(page, opened);
  expect(seal).toMatch(/^[0-9a-f]{64}$/);
  expect(seal).toBe(await sealOf(page, reference));
});

test('a plan with three faults opens nothing, and tells each with its line and column', async ({ page }) => {
  const reference = await anIncident(page);
  await page.goto(`/incidents/${reference}/archive`);
  const plan = await exportPlan(page);
  const faulty = plan
    .replace('state: running', 'state: runing')
    .replace('to: 2024-06-10T12:30:00Z', 'to: 2024-06-10T11:30:00Z')
    .replace('total: sum(amount)', 'total: sum(amount');
  await openPlan(page, faulty);
  const told = page.getByRole('alert').filter({ hasText: '3 problems. Nothing was opened.' });
  await expect(told.getByRole('listitem')).toHaveCount(3);
  const lines = faulty.split('\n');
  const placeOf = (part: string): string => {
    const line = lines.findIndex((text) => text.includes(part));
    return `line ${line + 1}:${(lines[line] ?? '').indexOf(part) + 1}`;
  };
  for (const part of ['runing', '2024-06-10T11:30:00Z', 'sum(amount'])
    await expect(told.getByRole('listitem').filter({ hasText: placeOf(part) })).toHaveCount(1);
  await checkLook(page, 'a plan with faults');
  await page.getByRole('textbox', { name: 'Plan', exact: true }).fill(plan);
  await page.getByRole('button', { name: 'Open as incident' }).click();
  await page.waitForURL(/\/incidents\/new\?incident=INC-\d+/);
});
