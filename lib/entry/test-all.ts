import { spawnSync } from 'node:child_process';

// `npm test`: every check, the quick ones first; stops at the first part that fails.

const PARTS = [
  { name: 'types', script: 'typecheck' },
  { name: 'lint and format', script: 'lint' },
  { name: 'layers and unit tests', script: 'test:unit' },
  { name: 'integration tests (real PostgreSQL, real DuckDB)', script: 'test:integration' },
  { name: 'browser tests (the whole application)', script: 'test:e2e' },
] as const;

const began = performance.now();
const seconds = (since: number): string => `${Math.round((performance.now() - since) / 1000)} s`;

for (const [at, { name, script }] of PARTS.entries()) {
  console.log(`\n== ${at + 1}/${PARTS.length} ${name}: npm run ${script}`);
  const partBegan = performance.now();
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NEXT_TELEMETRY_DISABLED: '1',
    npm_config_update_notifier: 'false',
  };
  // npm is a script file on Windows, which needs a shell; every argument is fixed
  const run = spawnSync('npm', ['run', '--silent', script], {
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    console.error(`\n== FAILED: ${name} (npm run ${script}), after ${seconds(began)}`);
    process.exit(1);
  }
  console.log(`== ok: ${name}, ${seconds(partBegan)}`);
}
console.log(`\n== all passed in ${seconds(began)}`);
