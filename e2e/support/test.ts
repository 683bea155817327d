import { test as base, expect } from '@playwright/test';

/** Playwright's test; a page fails its test when it asks another host for something or breaks the security policy. */
export const test = base.extend({
  page: async ({ page, baseURL }, use) => {
    const offences: string[] = [];
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (/^(http|ws)s?:$/.test(protocol) && origin !== baseURL) offences.push(`asked ${request.url()}`);
    });
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) offences.push(message.text());
    });
    page.on('pageerror', (error) => offences.push(`threw ${error.stack ?? error.message}`));
    await use(page);
    expect(offences, 'what the page may not do').toEqual([]);
  },
});

export { expect };
