#!/usr/bin/env node
// Adds up the JavaScript that the pages ask for, each in a browser that has nothing of them yet. Run:
//   node_modules/.bin/node bench/page-weight.mjs [--link http://127.0.0.1:PORT/welcome#TOKEN] [--list]
// Without --link, the sign-in link that a start printed, it starts Recount on a temporary folder (and builds its pages
// where they are not built). `first` is what the page's own HTML names; `late` what is loaded afterwards without anybody
// touching the page, links to other pages included. kB are 1,000 bytes of gzip; --list names the files.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import { findBrowser } from '../e2e/support/browser.ts';

const { values: o } = parseArgs({ options: { link: { type: 'string' }, list: { type: 'boolean' } } });
const root = resolve(fileURLToPath(import.meta.url), '../..');
const WINDOW = { from: '2026-11-21T12:02:00Z', to: '2026-11-21T12:34:00Z', clock: 'ingested' };
const START_LIMIT_MS = 600_000;

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Recount on a folder of its own: the link that signs in, and how to end it. */
async function startRecount() {
  const dataDir = mkdtempSync(join(tmpdir(), 'recount-weight-'));
  const env = {
    ...process.env,
    DATABASE_URL: '',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    RECOUNT_DATA_DIR: dataDir,
  };
  const child = spawn(process.execPath, [join(root, 'lib/entry/run.js'), 'start'], { cwd: root, env });
  const ended = new Promise((done) => child.on('close', done));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const link = await new Promise((done, fail) => {
    child.stdout.on('data', (data) => {
      said += data;
      const found = /http\S+\/welcome#[\w-]{43}/.exec(said);
      if (found !== null) done(found[0]);
    });
    child.on('close', () => fail(new Error(`Recount did not start:\n${said}`)));
    setTimeout(() => fail(new Error(`Recount printed no link:\n${said}`)), START_LIMIT_MS).unref();
  });
  return { link, stop };
}

/** Signs in, and brings the sample as far as a patch that waits for approval. Answers where its pages are. */
async function prepare(context, link) {
  const { origin, hash } = new URL(link);
  const ask = async (method, path, data) => {
    const answer = await context.request[method](
      `${origin}/api/v1${path}`,
      data === undefined ? {} : { data },
    );
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  const until = async (path, isThere) => {
    for (;;) {
      const view = await ask('get', path);
      if (isThere(view)) return view;
      await sleep(200);
    }
  };
  await ask('post', '/welcome', { token: hash.slice(1) });
  const { number } = await ask('post', '/samples/points', {});
  const incident = `/incidents/INC-${number}`;
  await until(incident, (view) => view.survey?.state === 'done');
  const { id } = await ask('post', `${incident}/previews`, { window: WINDOW });
  await until(`/runs/${id}`, ({ state }) => state === 'done');
  await ask('post', `/runs/${id}/patches`, {});
  const stages = ['window', 'archive', 'preview', 'review', 'apply', 'report', 'activity'];
  return { origin, pages: ['/incidents', ...stages.map((stage) => `${incident}/${stage}`)] };
}

/** Opens a page with an empty cache, and answers its scripts in the order in which they came. */
async function weigh(browser, state, address) {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const scripts = [];
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script' || /\.js(\?|$)/.test(response.url()))
      scripts.push(response.body().then((body) => ({ url: response.url(), bytes: gzipSync(body).length })));
  });
  const answer = await page.goto(address);
  const html = await answer.text();
  await page.waitForLoadState('networkidle');
  await sleep(1_500);
  const all = await Promise.all(scripts);
  await context.close();
  const once = [...new Map(all.map((script) => [script.url, script])).values()];
  return once.map((script) => ({ ...script, first: html.includes(new URL(script.url).pathname) }));
}

const sum = (scripts) => scripts.reduce((total, { bytes }) => total + bytes, 0) / 1000;
const pad = (text) => String(text).padStart(7);

const recount = o.link === undefined ? await startRecount() : { link: o.link, stop: async () => {} };
const browser = await chromium.launch({
  executablePath: findBrowser(),
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const context = await browser.newContext();
  const { origin, pages } = await prepare(context, recount.link);
  const state = await context.storageState();
  console.log(`${pad('first')} ${pad('late')} ${pad('all')}  kB of JavaScript, gzip`);
  for (const path of pages) {
    const scripts = await weigh(browser, state, `${origin}${path}`);
    const first = scripts.filter((s) => s.first);
    const late = scripts.filter((s) => !s.first);
    console.log(
      `${pad(sum(first).toFixed(1))} ${pad(sum(late).toFixed(1))} ${pad(sum(scripts).toFixed(1))}  ${path}`,
    );
    for (const { url, bytes, first: isFirst } of o.list ? scripts : [])
      console.log(
        `        ${pad((bytes / 1000).toFixed(1))} ${isFirst ? 'first' : 'late '} ${url.split('/').at(-1)}`,
      );
  }
} finally {
  await browser.close();
  await recount.stop();
}
