import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openKeys } from '#lib/adapters/secrets/secret-keys';
import { writeAudit } from '#lib/adapters/store/audit';
import { lostValues } from '#lib/adapters/store/sealed-values';
import { genesisOf, hashOf } from '#lib/base/audit-chain';
import type { AuditHead } from '#lib/base/audit-head';
import { makeSigner, publicText, readPems, signHead } from '#lib/base/audit-signature';
import { canonicalJson } from '#lib/base/canonical-json';
import { NOBODY } from '#lib/recovery/access/actor';
import { checkAudit } from '#lib/recovery/audit/audit-check';
import { ExportAuditInput, exportAudit } from '#lib/recovery/audit/export-audit';
import { keptHeadPath, readKeptHead } from '#lib/recovery/audit/kept-head';
import { ListAuditInput, listAudit } from '#lib/recovery/audit/list-audit';
import { readAuditStanding } from '#lib/recovery/audit/read-audit-standing';
import { ensureSigner } from '#lib/recovery/audit/signing-key';
import { verifyExport } from '#lib/recovery/audit/verify-export';
import { OpenIncidentInput, openIncident } from '#lib/recovery/incidents/open-incident';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

let test: TestContext;
let context: Context;
const SEAL = 'e'.repeat(64);
const list = (input: object = {}) => listAudit(context, ListAuditInput.parse(input));

beforeAll(async () => {
  test = await openTestContext();
  const actor = { ...test.context.actor, from: { address: '192.0.2.7', session: 'session-1' } };
  context = { ...test.context, actor };
  await openIncident(context, OpenIncidentInput.parse({ title: 'One' }));
  for (let n = 1; n <= 7; n++) {
    await context.store.$transaction((tx) =>
      writeAudit(tx, {
        actor: n === 3 ? 'recount' : { ...actor, id: 'mira' },
        action: n % 2 === 0 ? 'patch.approve' : 'patch.propose',
        subject: `patch p${n}`,
        detail: { seal: SEAL, reason: n === 4 ? '=1+1 100%_sure' : 'ok' },
      }),
    );
  }
});
afterAll(() => test.close());

it('lists the newest first, a page at a time', async () => {
  const first = await list({ limit: '3' });
  expect(first.lines.map(({ position }) => position)).toEqual([8, 7, 6]);
  const second = await list({ limit: '3', before: String(first.next) });
  expect(second.lines.map(({ position }) => position)).toEqual([5, 4, 3]);
  const third = await list({ limit: '3', before: String(second.next) });
  expect([third.lines.length, third.next]).toEqual([2, null]);
  expect(third.lines[1]).toMatchObject({
    action: 'incident.open',
    words: 'Opened an incident',
    actor: { id: 'local', name: 'Alex Test' },
    via: 'session',
    address: '192.0.2.7',
    session: 'session-1',
    incident: 1,
    seal: null,
  });
  expect(second.lines[2]).toMatchObject({ seal: SEAL, detail: { reason: 'ok' } });
  expect(second.lines[1]).toMatchObject({ actor: { name: 'Recount' }, via: 'recount', address: null });
  expect(first.lines[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

it('filters by who, what, incident, time and text', async () => {
  const positions = async (input: object) => (await list(input)).lines.map(({ position }) => position);
  expect(await positions({ actor: 'recount' })).toEqual([4]);
  expect(await positions({ action: 'patch.approve' })).toEqual([7, 5, 3]);
  expect(await positions({ incident: 'INC-1' })).toEqual([1]);
  expect(await positions({ incident: '1', action: 'patch.approve' })).toEqual([]);
  expect(await positions({ incident: '99' })).toEqual([]);
  expect(await positions({ text: '100%_SURE' })).toEqual([5]);
  expect(await positions({ text: '%' })).toEqual([5]);
  expect(await positions({ text: 'EEEE', actor: 'recount' })).toEqual([4]);
  expect(await positions({ actor: '', text: ' ', from: '', to: '' })).toHaveLength(8);
  const at = (await list()).lines[3]?.at ?? '';
  expect(await positions({ from: at })).toEqual([8, 7, 6, 5]);
  expect(await positions({ to: at })).toEqual([4, 3, 2, 1]);
  expect(() => ListAuditInput.parse({ from: 'yesterday' })).toThrow();
  expect(() => ListAuditInput.parse({ incident: 'x; drop table audit' })).toThrow();
});

it('is for whoever has signed in, and for nobody else', async () => {
  const viewer = { ...context, actor: { ...context.actor, role: 'viewer' as const } };
  expect((await listAudit(viewer, ListAuditInput.parse({}))).lines).not.toHaveLength(0);
  const nobody = { ...context, actor: NOBODY };
  const refused = { code: 'access.signed_out' };
  await expect(listAudit(nobody, ListAuditInput.parse({}))).rejects.toMatchObject(refused);
  await expect(readAuditStanding(nobody)).rejects.toMatchObject(refused);
  const input = ExportAuditInput.parse({ format: 'jsonl' });
  await expect(exportAudit(nobody, input)).rejects.toMatchObject(refused);
  expect((await list({ action: 'audit.export' })).lines).toEqual([]);
});

async function exported(input: object): Promise<{ text: string; file: string }> {
  const response = await exportAudit(context, ExportAuditInput.parse(input));
  const text = await response.text();
  const file = path.join(test.root, 'audit.jsonl');
  await writeFile(file, text);
  return { text, file };
}

it('exports the whole chain as a file that is verified by itself', async () => {
  const { text, file } = await exported({ format: 'jsonl' });
  const found = await verifyExport(file);
  expect(found).toMatchObject({ complete: true, entries: 10, broken: null, signature: { from: 'file' } });
  expect(text).toContain('"action":"audit.export"');
  const lines = text.trimEnd().split('\n');
  const broken = async (change: (lines: string[]) => string[]) => {
    await writeFile(file, `${change([...lines]).join('\n')}\n`);
    return (await verifyExport(file)).broken;
  };
  const flip = await broken((all) => all.map((line) => line.replace('patch p2', 'patch p9')));
  expect(flip).toMatchObject({ line: 4, position: 3, kind: 'changed' });
  expect(await broken((all) => all.toSpliced(4, 1))).toMatchObject({ line: 5, kind: 'dropped' });
  expect(await broken(([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest])).toMatchObject({ line: 2 });
  expect(await broken((all) => all.slice(0, -1))).toMatchObject({ line: 11, kind: 'truncated' });
  expect(await broken((all) => all.toSpliced(3, 0, 'hello'))).toMatchObject({ line: 4, kind: 'unreadable' });
  expect(await broken((all) => all.map((line) => line.replace('"via":', '"extra":1,"via":')))).toMatchObject({
    line: 2,
    kind: 'changed',
  });
  await writeFile(file, 'seq,at\n');
  await expect(verifyExport(file)).rejects.toMatchObject({ code: 'audit.unreadable' });
  await writeFile(file, '');
  await expect(verifyExport(file)).rejects.toMatchObject({ code: 'audit.unreadable' });
  await expect(verifyExport(path.join(test.root, 'none'))).rejects.toMatchObject({
    code: 'audit.unreadable',
  });
});

/** All of an export written anew, every hash right, and its head with them: what its own hashes cannot show. */
function rewritten(text: string, change: (entry: string) => string, head: (bare: AuditHead) => AuditHead) {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const facts = JSON.parse(first);
  let prev = genesisOf(facts.chain);
  const anew = lines.map((line) => {
    const { position, entry } = JSON.parse(line);
    const content = change(canonicalJson(entry));
    const hash = hashOf(prev, content);
    const written = `{"position":${position},"prev":"${prev}","hash":"${hash}","entry":${content}}`;
    prev = hash;
    return written;
  });
  const signed = head({ chain: facts.chain, position: anew.length, hash: prev });
  return { facts: { ...facts, head: signed }, lines: anew };
}

it('an export is signed: to write it anew takes the key, and to pass for ours the key that was kept', async () => {
  const { text, file } = await exported({ format: 'jsonl' });
  const { key } = await readAuditStanding(context);
  const keys = readPems(key?.pem ?? '') ?? [];
  expect(keys.map(({ id }) => id)).toEqual([key?.id]);
  expect(await verifyExport(file, { keys })).toMatchObject({
    broken: null,
    signature: { key: key?.id, from: 'given', at: expect.stringMatching(/Z$/) },
  });
  const old = JSON.parse(text.slice(0, text.indexOf('\n'))).head.signed;
  const thief = makeSigner();
  const mine = (head: AuditHead) => signHead(thief, head, old.at);
  const found = async (
    { facts, lines }: ReturnType<typeof rewritten>,
    more: object = {},
    held: object = {},
  ) => {
    await writeFile(file, `${[canonicalJson({ ...facts, ...more }), ...lines].join('\n')}\n`);
    return (await verifyExport(file, held)).broken;
  };
  const flip = (entry: string) => entry.replace('patch p2', 'patch p9');
  const forged = { kind: 'forged', line: 1 };
  const asWas = rewritten(text, flip, (head) => ({ ...head, signed: old }));
  expect((await found(asWas))?.message).toBe(
    'The head of the file does not have the signature that it was given.',
  );
  expect(await found(rewritten(text, flip, (head) => head))).toMatchObject(forged);
  expect((await found(rewritten(text, flip, mine)))?.message).toMatch(/none of those in the file/);
  const own = { public_key: publicText(thief) };
  expect((await found(rewritten(text, flip, mine), own))?.message).toMatch(/a key that its entries name/);
  const renamed = rewritten(
    text,
    (entry) => flip(entry).replace(publicText(keys[0] ?? thief), publicText(thief)),
    mine,
  );
  // who writes all of it anew, the key too, is found by the key that was kept, and by nothing in the file
  expect(await found(renamed, own)).toBeNull();
  expect(await found(renamed, own, { keys })).toMatchObject(forged);
  await writeFile(file, text.replace(/"signature":"[^"]+"/, `"signature":"${'A'.repeat(86)}=="`));
  expect((await verifyExport(file)).broken).toMatchObject(forged);
  await writeFile(file, text);
  const { head } = await verifyExport(file);
  const kept = { ...head, position: 4, hash: 'a'.repeat(64), where: 'a letter' };
  expect((await verifyExport(file, { witnesses: [kept] })).broken).toMatchObject({
    kind: 'rewritten',
    line: 5,
  });
});

it('exports a part as a file whose lines are verified one by one', async () => {
  const { text, file } = await exported({ format: 'jsonl', action: 'patch.approve' });
  expect(await verifyExport(file)).toMatchObject({ complete: false, entries: 3, broken: null });
  expect((await verifyExport(file, { keys: [makeSigner()] })).broken).toMatchObject({ kind: 'forged' });
  await writeFile(file, text.replace('patch p4', 'patch p5'));
  expect((await verifyExport(file)).broken).toMatchObject({ line: 3, kind: 'changed' });
});

it('exports a table that no spreadsheet runs', async () => {
  const { text } = await exported({ format: 'csv', text: '=1+1' });
  const [head, first, ...rest] = text.trimEnd().split('\n');
  expect(head).toBe(
    'position,at,actor_id,actor,via,address,session,action,words,incident,subject,seal,detail,hash',
  );
  expect(first).toContain(',mira,mira,session,192.0.2.7,session-1,patch.approve,Approved a patch,,patch p4,');
  expect(rest.every((line) => line.includes('audit.export'))).toBe(true);
});

it('says how it stands, and keeps the head outside the database', async () => {
  expect((await readAuditStanding(context)).check).toBeNull();
  const known = await checkAudit(context, null);
  const standing = await readAuditStanding(context);
  expect(standing.check).toMatchObject({ state: 'unbroken', entries: standing.entries, problem: null });
  expect(standing.anchors).toMatchObject({ stores: 0, heads: 0, problems: [] });
  expect(standing.actors).toEqual([
    { id: 'local', name: 'Alex Test' },
    { id: 'mira', name: 'mira' },
    { id: 'recount', name: 'Recount' },
  ]);
  expect(standing.actions.map(({ action }) => action)).toEqual([
    'patch.approve',
    'audit.key',
    'audit.export',
    'incident.open',
    'patch.propose',
  ]);
  expect(await readKeptHead(context.env)).toMatchObject({ position: standing.entries, hash: standing.head });
  await exported({ format: 'jsonl', actor: 'recount' });
  expect(await checkAudit(context, known)).not.toBeNull();
  expect((await readKeptHead(context.env))?.position).toBe(standing.entries + 1);
});

it('a look that finds something wrong says so and keeps the old head', async () => {
  const file = keptHeadPath(context.env);
  const kept = await readFile(file, 'utf8');
  const state = async () => (await readAuditStanding(context)).check;
  await writeFile(file, kept.replace(/"position":\d+/, '"position":99'));
  expect(await checkAudit(context, null)).toBeNull();
  expect(await state()).toMatchObject({
    state: 'broken',
    problem: { message: expect.stringContaining('cut off') },
  });
  await writeFile(file, kept.replace(/"chain":"[^"]+/, `"chain":"${randomUUID()}`));
  expect(await checkAudit(context, null)).toBeNull();
  expect(await state()).toMatchObject({
    state: 'broken',
    problem: { message: expect.stringContaining('another chain') },
  });
  await writeFile(file, '{');
  expect(await checkAudit(context, null)).toBeNull();
  expect(await state()).toMatchObject({
    state: 'broken',
    problem: { message: expect.stringContaining('cannot be read') },
  });
  expect(await readFile(file, 'utf8')).toBe('{');
  await writeFile(file, kept);
  expect(await checkAudit(context, null)).not.toBeNull();
  expect(await state()).toMatchObject({ state: 'unbroken' });
});

it('a kept head that nobody signed is told apart from ours', async () => {
  const file = keptHeadPath(context.env);
  const { signed: _, ...kept } = (await readKeptHead(context.env)) ?? {};
  expect(_).toMatchObject({ key: (await readAuditStanding(context)).key?.id });
  await writeFile(file, JSON.stringify(kept));
  expect(await checkAudit(context, null)).toBeNull();
  const { check } = await readAuditStanding(context);
  expect(check).toMatchObject({ state: 'broken', lost: null });
  expect(check?.problem?.message).toMatch(/is not signed/);
  await rm(file);
  expect(await checkAudit(context, null)).not.toBeNull();
});

it('a lost secret key costs the signing key only: a new one begins, and the chain says so', async () => {
  const before = (await readAuditStanding(context)).key;
  const env = { ...context.env, secretKeyFile: path.join(test.root, 'another.key') };
  const lost = { ...context, env, key: openKeys(env) };
  const both = await Promise.all([ensureSigner(lost), ensureSigner(lost)]);
  expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  const { key, entries } = await readAuditStanding(context);
  expect([key?.id, key?.since]).toEqual([both[0].id, entries]);
  expect((await list({ action: 'audit.key' })).lines[0]).toMatchObject({
    actor: { name: 'Recount' },
    detail: { key: key?.id, before: before?.id },
  });
  expect(await lostValues(context.store, lost.key)).toEqual([]);
  // heads of the key before are still known as ours
  expect(await checkAudit(lost, null)).not.toBeNull();
  const { file } = await exported({ format: 'jsonl' });
  expect(await verifyExport(file)).toMatchObject({ broken: null });
});
