import { expect, type Page } from '@playwright/test';
import { signInAs } from './people.ts';

export const APPROVER = 'Robin Approver';

/** Someone else approves the patch that the page shows, in a browser of their own; then the page shows that. */
export async function approveBySomeoneElse(page: Page, reason: string): Promise<void> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  const context = await signInAs(browser, 'approver', APPROVER);
  const tab = await context.newPage();
  await tab.goto(page.url());
  await tab.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await tab.getByRole('button', { name: /^Approve (patch|undo)$/ }).click();
  await expect(tab.getByRole('region', { name: 'Approval' })).toContainText('1 of 1 needed');
  await context.close();
  await page.reload();
}
