import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type APIRequestContext, expect, type Locator, type Page } from '@playwright/test';
import type { DraftPlan, IncidentView } from '#lib/incident/incident';
import type { RunView } from '#lib/replay/run';
import { addressOf } from './databases.ts';
import { installation } from './installation.ts';

/** Writes a file under the root `e2e` that the page offers. */
export function put(name: string, lines: readonly string[]): void {
  const file = path.join(installation().archives, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

type Sections = { readonly archive: Locator; readonly live: Locator; readonly calculation: Locator };

/** Begins an incident in the form: an archive folder and a live file of the root `e2e`, as a person chooses them. */
export async function beginIncident(
  page: Page,
  title: string,
  folder: string,
  live: string,
): Promise<Sections> {
  const sections = await beginWithArchive(page, title, folder);
  await press(sections.live, 'File');
  await press(sections.live, 'e2e');
  for (const part of live.split('/').slice(0, -1)) await press(sections.live, `Open ${part}`);
  await press(sections.live, `Use ${path.basename(live)}`);
  await expect(sections.live.getByRole('group', { name: 'What a row holds' })).toBeVisible();
  return sections;
}

/** The same over a table of the sample's PostgreSQL, whose connection is filled in and tested. */
export async function beginOverTable(
  page: Page,
  title: string,
  folder: string,
  table: string,
): Promise<Sections> {
  const sections = await beginWithArchive(page, title, folder);
  const { live } = sections;
  await press(live, 'PostgreSQL');
  const { host, port, database, user, password } = addressOf('sample');
  const fill = (name: string, value: string) => live.getByRole('textbox', { name, exact: true }).fill(value);
  await fill('Host', host);
  await fill('Port', String(port));
  await fill('Database', database);
  await fill('User', user);
  await fill('Password', password);
  await fill('Name', title);
  await press(live, 'Test connection');
  await expect(live.getByText(/^Connected in \d+ ms\. PostgreSQL .* The account may write/)).toBeVisible();
  await press(live, 'Use this connection');
  await choose(page, live.getByRole('combobox', { name: 'Table' }), new RegExp(`^${table}\\b`));
  await expect(live.getByRole('group', { name: 'What a row holds' })).toBeVisible();
  return sections;
}

const press = (within: Locator, name: string) => within.getByRole('button', { name, exact: true }).click();

async function beginWithArchive(page: Page, title: string, folder: string): Promise<Sections> {
  await page.goto('/incidents/new');
  await page.getByRole('textbox', { name: 'What went wrong' }).fill(title);
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  const sections = {
    archive: section('Archive'),
    live: section('Live store'),
    calculation: section('Calculation'),
  };
  await press(sections.archive, 'Folder on this server');
  await press(sections.archive, 'e2e');
  for (const part of folder.split('/')) await press(sections.archive, `Open ${part}`);
  await press(sections.archive, 'Use this folder');
  await expect(sections.archive.getByRole('combobox', { name: 'Happened at' })).not.toHaveText(/Choose/);
  return sections;
}

/** Chooses in a list as a person does. */
export async function choose(page: Page, field: Locator, option: string | RegExp): Promise<void> {
  await field.click();
  await page.getByRole('option', { name: option }).click();
}

/** From the complete set-up to the chosen window. */
export async function chooseWindow(page: Page, from: string, to: string): Promise<void> {
  await expect(page.getByText('The set-up is complete; the window comes next.')).toBeVisible();
  await expect(page.getByText(/^Draft INC-\d+ is saved\.$/)).toBeVisible();
  await page.getByRole('button', { name: 'Read archive' }).click();
  await page.getByRole('link', { name: 'Choose the window' }).click();
  await expect(page.getByRole('slider', { name: 'Visible part of the archive' })).toBeVisible();
  await page.getByRole('textbox', { name: 'From' }).fill(from);
  await page.getByRole('textbox', { name: 'To', exact: true }).fill(to);
  await page.keyboard.press('Enter');
}

async function post<T>(client: APIRequestContext, at: string, data: object): Promise<T> {
  const answer = await client.post(`/api/v1/${at}`, { data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return answer.json();
}

type Prepared = { readonly title: string; readonly archive: string; readonly live: string; plan: DraftPlan };

/** An incident over files of the root `e2e` whose set-up is done. Answers its reference. */
export async function prepared(client: APIRequestContext, { title, ...given }: Prepared): Promise<string> {
  const at = (file: string) => ({ root: 'e2e', path: file });
  const archive = await post<{ id: string }>(client, 'archives', { kind: 'path', ...at(given.archive) });
  const live = await post<{ id: string }>(client, 'live-stores', { kind: 'file', ...at(given.live) });
  const { number } = await post<IncidentView>(client, 'incidents', {
    title,
    archiveId: archive.id,
    liveStoreId: live.id,
    plan: given.plan,
  });
  return `INC-${number}`;
}

/** Previews an incident's own window, and shows it when it is done. */
export async function showPreview(page: Page, reference: string): Promise<void> {
  const { id } = await post<RunView>(page.request, `incidents/${reference}/previews`, {});
  await page.goto(`/incidents/${reference}/preview?run=${id}`);
  await expect(page.getByRole('region', { name: 'Next step' })).toBeVisible({ timeout: 30_000 });
}

/** The table of the differences. */
export const differences = (page: Page): Locator => page.getByRole('table', { name: /Rows that differ/ });
