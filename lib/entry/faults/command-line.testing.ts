import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type Cut, startCommitProxy } from '#lib/adapters/live/postgres/commit-proxy';
import { leftIn, leftOfPatch } from '#lib/entry/faults/leftovers.testing';
import type { Lane, Suite } from '#lib/entry/faults/suite.testing';
import type { Ended } from '#lib/entry/faults/tally.testing';
import type { Admin } from '#lib/entry/faults/world.testing';

// The command line as a person uses it: COMMIT is cut, and the live store stays away for longer than anybody settles it.
// The command ends with exit code 6, and the same command, run again, says what happened and ends it.

const CUTS: readonly Cut[] = ['swallow', 'after', 'before', 'late'];
const EXIT_UNKNOWN = 6;
/** Longer than the command line tries to settle an outcome, and than the live store keeps a silent session. */
const AWAY_MS = 90_000;

export const commandLine: Suite = {
  name: 'command-line',
  runs: 8,
  lanes: 8,
  open: async () => ({ run: (lane, _random, seed) => cutOnce(lane, seed), close: async () => undefined }),
};

const ARCHIVE = [
  'id,time,k,v',
  'e1,2024-06-10T12:00:00Z,1,1.25',
  'e2,2024-06-10T12:20:00Z,2,2.50',
  'e3,2024-06-10T12:30:00Z,3,3.00',
  '',
].join('\n');

const planOf = (table: string) => ({
  recount: 1,
  title: 'COMMIT without an answer',
  archive: { at: 'archive.csv', fields: { id: 'id', time: 'time' } },
  window: { from: '2024-06-10T12:00:00Z', to: '2024-06-10T13:00:00Z', clock: 'time' },
  calculation: {
    name: 'c',
    versions: [{ version: 1, keys: { k: 'k' }, measures: { total: 'sum(v)' } }],
    replay_with: 'deployed',
  },
  live: { store: `\${${'LIVE'}}`, table: `public.${table}`, state: 'window', keys: ['k'] },
});

const Said = z.object({
  status: z.string().optional(),
  error: z.object({ code: z.string() }).optional(),
  patch: z.object({ seal: z.string() }).optional(),
});
type Ran = { readonly exit: number; readonly said: z.infer<typeof Said> };

function command(args: readonly string[], live: string, dir: string): Promise<Ran> {
  const env = { ...process.env, LIVE: live, RECOUNT_DATA_DIR: path.join(dir, 'data'), NO_COLOR: '1' };
  return new Promise((done) => {
    const given = [path.resolve('lib/entry/cli.ts'), ...args, '--json'];
    execFile(process.execPath, given, { cwd: dir, env }, (error, stdout) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ exit, said: Said.parse(stdout === '' ? {} : JSON.parse(stdout)) });
    });
  });
}

type Truth = { readonly rows: string; readonly changes: string; readonly lines: string };
const BEFORE = '1=0.00,2=9.00';
const AFTER = '1=1.25,2=2.50,3=3.00';

async function truthOf(admin: Admin, table: string, seal: string): Promise<Truth> {
  const [row] = await admin.rows(
    `select (select string_agg(k || '=' || total, ',' order by k) from public.${table}),
            (select count(*) || ' of ' || count(distinct k) from public.${table}_seen),
            (select count(*) filter (where kind = 'patch') || ' and ' || count(*) filter (where kind = 'undo')
               from recount.patch_ledger where seal = '${seal}' and outcome = 'applied')`,
  );
  return { rows: row?.[0] ?? '', changes: row?.[1] ?? '', lines: row?.[2] ?? '' };
}

async function cutOnce({ url, admin }: Lane, seed: number): Promise<Ended> {
  const cut = CUTS[seed % CUTS.length] ?? 'after';
  const verb = seed % 8 < 4 ? 'apply' : 'undo';
  const dir = mkdtempSync(path.join(tmpdir(), 'recount-faults-cli-'));
  const table = `cli_${seed}_${path.basename(dir).slice(-6).toLowerCase()}`;
  await admin.rows(
    `create table public.${table} (k int primary key, total numeric(18,2));
     insert into public.${table} values (1, 0), (2, 9);
     create table public.${table}_seen (k int);
     create function public.${table}_note() returns trigger language plpgsql as
       'begin insert into public.${table}_seen values (coalesce(new.k, old.k)); return null; end';
     create trigger note after insert or update or delete on public.${table}
       for each row execute function public.${table}_note()`,
  );
  writeFileSync(path.join(dir, 'archive.csv'), ARCHIVE);
  writeFileSync(path.join(dir, 'plan.json'), JSON.stringify(planOf(table)));
  const wrong: string[] = [];
  const proxied = new URL(url);
  const proxy = await startCommitProxy(Number(proxied.port), cut, { shutMs: AWAY_MS, lateMs: 500 });
  proxied.port = String(proxy.port);
  try {
    const { said } = await command(['preview', 'plan.json', '--out', 'out'], url, dir);
    const seal = said.patch?.seal ?? '';
    const order = [verb, 'out', '--seal', seal];
    if (verb === 'undo') await command(['apply', 'out', '--seal', seal], url, dir);
    const first = await command(order, proxied.href, dir);
    if (first.exit !== EXIT_UNKNOWN || first.said.error?.code !== 'patch.unknown')
      wrong.push(`the first ended with ${first.exit} ${JSON.stringify(first.said)}`);
    const isThere = cut === 'after' || cut === 'late';
    const between = await truthOf(admin, table, seal);
    const must = (verb === 'apply') === isThere ? AFTER : BEFORE;
    if (between.rows !== must) wrong.push(`between: ${between.rows}, not ${must}`);
    const again = await command(order, url, dir);
    const done = verb === 'apply' ? 'applied' : 'undone';
    const status = isThere ? `already_${done}` : done;
    if (again.exit !== 0 || again.said.status !== status)
      wrong.push(`the second ended with ${again.exit} ${JSON.stringify(again.said)}, not ${status}`);
    const truth = Object.values(await truthOf(admin, table, seal)).join(' | ');
    const right = verb === 'apply' ? `${AFTER} | 3 of 3 | 1 and 0` : `${BEFORE} | 6 of 3 | 1 and 1`;
    if (truth !== right) wrong.push(`ended as ${truth}, not ${right}`);
    wrong.push(
      ...(await leftOfPatch(admin, seal)),
      ...leftIn(path.join(dir, 'data')),
      ...leftIn(path.join(dir, 'out')),
    );
    return {
      fault: `command line, exit code 6: ${verb}, COMMIT ${cut}, then run again`,
      applied: isThere,
      unknown: first.exit === EXIT_UNKNOWN,
      wrong,
    };
  } finally {
    await proxy.close();
    rmSync(dir, { recursive: true });
  }
}
