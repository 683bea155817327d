import { createServer } from 'node:http';
import { ask } from './support/databases.ts';
import { installation } from './support/installation.ts';
import { checkLook } from './support/look.ts';
import { proveAgain, signInAs } from './support/people.ts';
import { FAILED, operator } from './support/seed.ts';
import { expect, test, watch } from './support/test.ts';

test('an admin adds a webhook, and it hears of a patch', async ({ page, request }) => {
  const events: string[] = [];
  const signatures: string[] = [];
  let status = 200;
  const receiver = createServer(async (asked, answer) => {
    let text = '';
    for await (const part of asked) text += part;
    events.push(JSON.parse(text).event);
    signatures.push(String(asked.headers['x-recount-signature']));
    answer.writeHead(status).end();
  });
  const { webhookPort } = installation();
  await new Promise<void>((listening) => receiver.listen(webhookPort, '127.0.0.1', listening));
  try {
    await proveAgain();
    await page.goto('/settings/webhooks');
    await expect(page.getByText('No webhooks yet')).toBeVisible();
    await checkLook(page, 'no webhooks');
    await page.getByRole('button', { name: 'Add webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Team chat');
    await dialog.getByRole('textbox', { name: 'Address' }).fill('https://169.254.169.254/');
    await dialog.getByRole('button', { name: 'Add webhook' }).click();
    await expect(dialog.getByRole('alert')).toContainText('is not among the hosts');
    await dialog.getByRole('textbox', { name: 'Address' }).fill(`http://127.0.0.1:${webhookPort}/hook`);
    await dialog.getByRole('checkbox', { name: 'Compared: all right' }).uncheck();
    await checkLook(page, 'a new webhook');
    await dialog.getByRole('button', { name: 'Add webhook' }).click();
    await expect(dialog.getByRole('textbox', { name: 'Secret' })).toHaveValue(/^whsec_/);
    await dialog.getByRole('button', { name: 'Done' }).click();

    const card = page.getByRole('region', { name: 'Team chat' });
    await expect(card.getByText(`http://127.0.0.1:${webhookPort}`, { exact: true })).toBeVisible();
    await card.getByRole('button', { name: 'Send a test' }).click();
    await expect(dialog.getByText('Taken')).toBeVisible({ timeout: 20_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(events).toEqual(['test']);

    status = 500;
    const client = operator(request);
    await client.propose(await client.openSample(), FAILED);
    await card.getByRole('button', { name: 'Deliveries' }).click();
    const answer = dialog.getByRole('cell', { name: /^500: It did not take it\./ });
    await expect(answer.first()).toBeVisible({ timeout: 20_000 });
    await expect(dialog.getByText('Tried again soon').first()).toBeVisible();
    await checkLook(page, 'what a webhook was told');
    status = 200;
    await dialog.getByRole('button', { name: 'Send again: Waits for approval' }).first().click();
    await expect(dialog.getByText('Taken')).toHaveCount(2, { timeout: 20_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(events).toContain('patch.proposed');
    await expect(card.getByText(/Waits for approval, patch \d+ of INC-/)).toBeVisible({ timeout: 20_000 });
    await checkLook(page, 'the webhooks');

    await card.getByRole('button', { name: 'More for Team chat' }).click();
    await page.getByRole('menuitem', { name: 'New secret' }).click();
    await checkLook(page, 'a new secret');
    await dialog.getByRole('button', { name: 'Make a new secret' }).click();
    await expect(dialog.getByRole('textbox', { name: 'Secret' })).toHaveValue(/^whsec_/);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect(card.getByText(/^Two secrets sign: the new one, and the old one until/)).toBeVisible();
    await checkLook(page, 'two secrets');
    await card.getByRole('button', { name: 'Send a test' }).click();
    await expect(dialog.getByText('Taken')).toHaveCount(3, { timeout: 20_000 });
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(signatures.at(-1)).toMatch(/^t=\d+(,v1=[0-9a-f]{64}){2}$/);
    await card.getByRole('button', { name: 'End the old one now' }).click();
    await expect(card.getByText(/^Two secrets sign/)).toBeHidden();

    // as if it had been tried for most of a day
    status = 500;
    await ask(
      'records',
      "update webhook_delivery set state = 'waiting', attempts = 5, next_at = now() where event = 'patch.proposed'",
    );
    await expect(card.getByText(/^1 message was given up, the last/)).toBeVisible({ timeout: 30_000 });
    await checkLook(page, 'a message that was given up');
    await page
      .getByRole('button', { name: /^Notifications/ })
      .first()
      .click();
    await page.getByRole('link', { name: /Team chat did not take what it was to be told/ }).click();
    await expect(dialog.getByText('Given up')).toBeVisible();
    await dialog.getByRole('button', { name: 'Done' }).click();
    status = 200;

    await card.getByRole('button', { name: 'More for Team chat' }).click();
    await page.getByRole('menuitem', { name: 'Pause' }).click();
    await expect(card.getByText('paused')).toBeVisible();
    await card.getByRole('button', { name: 'More for Team chat' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove webhook' }).click();
    await expect(page.getByText('No webhooks yet')).toBeVisible();
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
});

test('others are told whom to ask', async ({ browser, baseURL }) => {
  const approver = await signInAs(browser, 'approver');
  const page = await approver.newPage();
  const offences = watch(page, baseURL);
  await page.goto('/settings/webhooks');
  await expect(page.getByText('To see or change webhooks, ask an admin for the admin role.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Webhooks' })).toHaveCount(0);
  expect(offences).toEqual([]);
  await approver.close();
});
