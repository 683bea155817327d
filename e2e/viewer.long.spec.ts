import type { Locator, Page } from '@playwright/test';
import { signInAs } from './support/people.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test, watch } from './support/test.ts';

// Who may only look: what the role does not hold can't be pressed, and says why; what can be pressed is not refused.

const ON = 'main button:visible:not([aria-disabled="true"]):not(:disabled)';
/** Rows of a table are alike: of each table's buttons a few stand for all. */
const MOST_ALIKE = 2;

/** Presses everything on the page that can be pressed, each once. What opens is closed again. */
async function pressAll(page: Page, address: string): Promise<number> {
  await page.goto(address);
  await page.waitForLoadState('networkidle');
  await expect(page.locator(ON)).not.toHaveCount(0);
  const names: string[] = await page.locator(ON).evaluateAll((buttons, most) => {
    const alike = new Map<Element | null, number>();
    return buttons.flatMap((button) => {
      const table = button.closest('table');
      alike.set(table, (alike.get(table) ?? 0) + 1);
      if (table !== null && (alike.get(table) ?? 0) > most) return [];
      return [button.getAttribute('aria-label') ?? button.textContent?.trim() ?? ''];
    });
  }, MOST_ALIKE);
  for (const name of new Set(names)) {
    if (!page.url().includes(address)) await page.goto(address);
    const button = page
      .locator(ON)
      .and(page.getByRole('button', { name, exact: true }))
      .first();
    // a press before it may have taken it away
    if ((await button.count()) === 0) continue;
    await button.click({ timeout: 1_000 }).catch(() => undefined);
    await page.keyboard.press('Escape');
  }
  await page.waitForLoadState('networkidle');
  return names.length;
}

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true }).first();

async function isOffBy(page: Page, role: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await expect(button(page, name), name).toHaveAttribute('aria-disabled', 'true');
    await expect(button(page, name), name).toHaveAccessibleDescription(
      new RegExp(`^To .*, ask an admin for the ${role} role\\.$`),
    );
  }
}

test('nothing that a viewer can press is refused, and all else says whom to ask', async ({
  browser,
  request,
  baseURL,
}) => {
  const client = operator(request);
  const incident = await client.openSample();
  const patch = await client.propose(incident, FAILED);
  const viewer = await signInAs(browser, 'viewer', 'Vera Viewer');
  const page = await viewer.newPage();
  const offences = watch(page, baseURL);
  const refused: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() === 403) refused.push(`${answer.request().method()} ${answer.url()}`);
  });
  const at = (stage: string): string => `/incidents/${incident}/${stage}`;
  let pressed = 0;
  const look = async (stage: string, off: Readonly<Record<string, readonly string[]>>): Promise<void> => {
    pressed += await pressAll(page, at(stage));
    if (!page.url().includes(at(stage))) await page.goto(at(stage));
    for (const [role, names] of Object.entries(off)) await isOffBy(page, role, names);
  };
  await look('archive', { operator: ['Read again', 'Edit mapping', 'Put the faulty rows back'] });
  await look('window', { operator: ['Preview'] });
  await look('preview', { operator: ['Run again'] });
  await look('review', {
    operator: ['Rehearse', 'Look now', 'Withdraw'],
    approver: ['Approve patch', 'Request changes'],
  });
  await look('activity', {});

  const approver = await signInAs(browser, 'approver');
  await operator(approver.request).approve(patch);
  await page.goto(at('apply'));
  await isOffBy(page, 'operator', ['Rehearse', 'Look now', 'Export as SQL for a DBA']);
  await client.apply(patch);
  await look('apply', {
    operator: ['Verify again', 'Undo this patch', 'Every hour', 'Put the faulty rows back'],
  });
  await look('report', { operator: ['Create link'] });
  await page.goto('/incidents');
  await isOffBy(page, 'operator', ['New incident']);
  await page.goto(`/incidents/new?incident=${incident}`);
  await expect(page.getByText('To change the set-up, ask an admin for the operator role.')).toBeVisible();
  expect(refused).toEqual([]);
  expect(pressed).toBeGreaterThan(20);
  expect(offences).toEqual([]);
  await approver.close();
  await viewer.close();
});
