#!/usr/bin/env node
// Times an apply, its rehearsal and its undo beside the bare statements that would do the same by psql (load, guarded
// update in key order, commit), in one run, on one server. Run:
//   node_modules/.bin/node bench/patch.mjs [--rows 100000] [--table 10000000] [--pairs 3] [--url postgres://…]
// Without --url it starts PostgreSQL of its own in a temporary folder. A figure counts only where all rows verify.
import { execFileSync, spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { parseAddress } from '../lib/adapters/live/postgres/address.ts';
import { postgresStore } from '../lib/adapters/live/postgres/postgres-store.ts';
import { sqlRows } from '../lib/adapters/live/postgres/testing.ts';
import { startTestPostgres } from '../lib/adapters/postgres-server/testing.ts';
import { sealedPatch } from '../lib/patch/conformance/patch-fixture.ts';

const { values: o } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    table: { type: 'string', default: '10000000' },
    pairs: { type: 'string', default: '3' },
    url: { type: 'string' },
  },
});
const [rows, tableRows, pairs] = [o.rows, o.table, o.pairs].map(Number);
const every = Math.floor(tableRows / rows);
const signatures = { author: 'bench', approvedBy: null, approvedAt: null };

const server = o.url === undefined ? await startTestPostgres() : { url: o.url, stop: async () => {} };
const url = server.url;
const sql = (text) => sqlRows(url, text);
const seconds = async (work) => {
  const beganMs = performance.now();
  await work();
  return (performance.now() - beganMs) / 1000;
};
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const key = (i) => String(i * every);

/** A table of ids with two measures; every Nth row is patched from `before` to `after`. */
async function makeTable() {
  await sql(
    `create table bench_rows (id bigint primary key, total numeric(18,2), events bigint, note text);
     insert into bench_rows select i, 1.50, 3, 'a row like any other' from generate_series(0, ${tableRows - 1}) i`,
  );
  await sql('vacuum analyze bench_rows');
}

/** What the run before left is not paid by the next one. */
async function settle() {
  await sql('vacuum bench_rows');
  await sql('checkpoint');
}

/** What the machine's psql does with the same rows: COPY into a temporary table, one guarded update, COMMIT. */
function bare(from, to) {
  const head = `begin; create temp table p (id bigint, o numeric, n numeric, oe bigint, ne bigint) on commit drop;
copy p from stdin;
`;
  const tail = `\\.
analyze p;
select count(*) from (select 1 from bench_rows t join p on t.id = p.id order by p.id for no key update of t) locked;
update bench_rows t set total = n, events = ne from p where t.id = p.id and t.total is not distinct from o and t.events is not distinct from oe;
commit;
`;
  return new Promise((resolve, reject) => {
    const psql = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    psql.on('error', reject);
    psql.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`psql ended with ${code}`))));
    psql.stdin.write(head);
    let text = '';
    for (let i = 0; i < rows; i += 1) {
      text += `${key(i)}\t${from[0]}\t${to[0]}\t${from[1]}\t${to[1]}\n`;
      if (text.length > 1 << 20) {
        psql.stdin.write(text);
        text = '';
      }
    }
    psql.stdin.end(text + tail);
  });
}

/** A patch of the same rows, in batches, made while it is read: only the store is timed, not its memory. */
function patchOf(described, salt) {
  const columns = {
    keys: [{ name: 'id', type: 'BIGINT' }],
    measures: [
      { name: 'total', type: 'DECIMAL(18,2)' },
      { name: 'events', type: 'BIGINT' },
    ],
  };
  const { header } = sealedPatch(described, { ...columns, rows: [], salt });
  const fill = (size, value) => Array.from({ length: size }, () => value);
  return {
    header: { ...header, counts: { updates: rows, inserts: 0, deletes: 0 } },
    rows: async function* () {
      for (let from = 0; from < rows; from += 10_000) {
        const size = Math.min(10_000, rows - from);
        yield {
          size,
          seq: Array.from({ length: size }, (_, i) => from + i),
          op: fill(size, 'update'),
          keys: [Array.from({ length: size }, (_, i) => key(from + i))],
          before: [fill(size, '1.50'), fill(size, '3')],
          after: [fill(size, '2.25'), fill(size, '4')],
          delta: [fill(size, null), fill(size, null)],
        };
      }
    },
  };
}

try {
  execFileSync('psql', ['--version'], { stdio: 'ignore' });
  console.error(`making a table of ${tableRows.toLocaleString('en-US')} rows`);
  await makeTable();
  const store = postgresStore({ address: parseAddress(url), table: 'public.bench_rows', keys: ['id'] });
  await store.createLedger();
  const described = await store.describe();
  const times = { bare: [], rehearse: [], apply: [], verify: [], outlook: [], undo: [] };
  for (let n = 0; n < pairs; n += 1) {
    const patch = patchOf(described, `${n}-${performance.now()}`);
    const time = async (name, work) => times[name].push(await seconds(work));
    await time('bare', () => bare(['1.50', '3'], ['2.25', '4']));
    await bare(['2.25', '4'], ['1.50', '3']);
    await settle();
    await time('rehearse', async () => {
      const { status, refusal } = await store.rehearse(patch, { signatures, limitMs: 600_000 });
      if (status !== 'would_apply') throw new Error(`${status}: ${refusal?.message}`);
    });
    await settle();
    await time('apply', () => store.apply(patch, { signatures }));
    await time('verify', async () => {
      const found = await store.verify(patch);
      if (found.match !== rows) throw new Error(`${found.match} of ${rows} rows verify`);
    });
    await time('outlook', () => store.undoOutlook(patch));
    await settle();
    await time('undo', () => store.undo(patch, { signatures }));
    await settle();
  }
  await store.close();
  console.log(
    `${rows.toLocaleString('en-US')} rows into ${tableRows.toLocaleString('en-US')}, ${pairs} times, median:`,
  );
  for (const [name, list] of Object.entries(times)) {
    const ratio = median(list.map((each, i) => each / times.bare[i]));
    console.log(
      `${name.padEnd(9)} ${median(list).toFixed(2).padStart(7)} s   ${ratio.toFixed(2)} times the bare statements`,
    );
  }
} finally {
  await sql('drop table if exists bench_rows').catch(() => {});
  await server.stop();
}
