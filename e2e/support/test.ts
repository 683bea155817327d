import { test as base, expect, type Page } from '@playwright/test';

/**
 * Notes what a page may not do: ask another host for something, break the security policy, throw. The list grows while
 * the page is used.
 */
export function watch(page: Page, ownOrigin: string | undefined): readonly string[] {
  const offences: string[] = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol) && origin !== ownOrigin) offences.push(`asked ${request.url()}`);
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) offences.push(message.text());
  });
  page.on('pageerror', (error) => offences.push(`threw ${error.stack ?? error.message}`));
  return offences;
}

/** Playwright's test; a page fails its test when it does what no page may do. */
export const test = base.extend({
  page: async ({ page, baseURL }, use) => {
    const offences = watch(page, baseURL);
    await use(page);
    expect(offences, 'what the page may not do').toEqual([]);
  },
});

export { expect };
