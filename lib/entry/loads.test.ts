import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** The packages that a module brings along when it is loaded by itself. */
function packagesOf(module: string): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({
      load(url, context, next) {
        seen.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1] ?? 'own');
        return next(url, context);
      },
    });
    await import('${module}');
    console.log(JSON.stringify([...seen]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

// Loading modules is a good part of a small preview's time: what only some plans need comes when it is opened.
it('a preview of files loads neither the client of PostgreSQL nor the metrics', { timeout: 60_000 }, () => {
  const packages = packagesOf('#lib/entry/commands-plan');
  expect(packages).toContain('@duckdb/node-api');
  expect(packages).not.toContain('pg');
  expect(packages).not.toContain('prom-client');
  expect(packagesOf('#lib/adapters/live/postgres/postgres-store')).toContain('pg');
});
