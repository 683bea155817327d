import { defineConfig, devices } from '@playwright/test';
import { findBrowser } from './e2e/support/browser.ts';
import { adminState, currentInstallation, openInstallation } from './e2e/support/installation.ts';

// One real application for all tests: `npm start` on a temporary data folder and a free port.
process.env.RECOUNT_BROWSER ||= findBrowser();
const installation = currentInstallation() ?? (await openInstallation());
const { dataDir, archives, port, webhookPort } = installation;
const address = `http://127.0.0.1:${port}`;

export default defineConfig({
  testDir: 'e2e',
  // the long ones have a command of their own: npm run test:long
  projects: [
    { name: 'pages', testMatch: '**/*.spec.ts', testIgnore: '**/*.long.spec.ts' },
    { name: 'long', testMatch: '**/*.long.spec.ts' },
  ],
  globalSetup: './e2e/support/first-sign-in.ts',
  outputDir: 'test-results',
  timeout: 90_000,
  expect: { timeout: 10_000 },
  workers: 1,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: address,
    storageState: adminState(installation),
    timezoneId: 'UTC',
    locale: 'en-GB',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.RECOUNT_BROWSER,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
    },
  },
  webServer: {
    command: 'node lib/entry/run.js start',
    // it answers by then; the token goes into the environment, for e2e/support/first-sign-in.ts
    wait: { stdout: /\/welcome#(?<recount_e2e_token>[\w-]{43})/ },
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: '',
      RECOUNT_DATA_DIR: dataDir,
      RECOUNT_ARCHIVE_ROOTS: `samples=./samples,e2e=${archives}`,
      RECOUNT_WEBHOOK_HOSTS: `127.0.0.1:${webhookPort}`,
    },
    timeout: 300_000,
    reuseExistingServer: false,
    stdout: 'pipe',
    stderr: 'pipe',
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
  },
});
