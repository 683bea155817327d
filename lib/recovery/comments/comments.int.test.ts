import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellKey, isOpenThread, type ThreadView } from '#lib/compare/comment';
import { NOBODY } from '#lib/recovery/access/actor';
import type { Role } from '#lib/recovery/access/policy';
import { AddCommentInput, addComment } from '#lib/recovery/comments/add-comment';
import { ChangeCommentInput, changeComment } from '#lib/recovery/comments/change-comment';
import { DeleteCommentInput, deleteComment } from '#lib/recovery/comments/delete-comment';
import { listComments } from '#lib/recovery/comments/list-comments';
import { resolveThread } from '#lib/recovery/comments/resolve-thread';
import { checked } from '#lib/recovery/http/http';
import { listNotifications } from '#lib/recovery/notifications/list-notifications';
import { type Prepared, preparePostgres, previewAgain, sql } from '#lib/recovery/patches/patches.testing';
import { listDiscrepancies } from '#lib/recovery/runs/read-run-files';
import type { Context } from '#lib/recovery/setup/context';
import { openTestContext, type TestContext } from '#lib/recovery/setup/testing';

const PEOPLE: Readonly<Record<string, Role>> = { mira: 'approver', ben: 'operator', vic: 'viewer' };

let test: TestContext;
let prepared: Prepared;
beforeAll(async () => {
  test = await openTestContext();
  for (const [id, role] of Object.entries(PEOPLE)) {
    await test.context.store.person.create({ data: { id, name: `${id} name`, role } });
  }
  await test.context.store.person.create({
    data: { id: 'gone', name: 'gone', role: 'viewer', disabledAt: new Date() },
  });
  prepared = await preparePostgres(test);
}, 60_000);
afterAll(() => test.close());

const as = (id: string): Context => ({
  ...test.context,
  actor: { ...test.context.actor, id, name: `${id} name`, role: PEOPLE[id] ?? 'admin' },
});
const add = (id: string, what: object): Promise<ThreadView> =>
  addComment(as(id), checked(AddCommentInput, what));
const change = (id: string, comment: string, body: string, mentions: string[] = []) =>
  changeComment(as(id), checked(ChangeCommentInput, { id: comment, body, mentions }));
const remove = (context: Context, comment: string) =>
  deleteComment(context, checked(DeleteCommentInput, { id: comment }));
const audit = async (id: string) =>
  (
    await test.context.store.audit.findMany({
      where: { subject: `comment ${id}` },
      orderBy: { seq: 'asc' },
    })
  ).map(({ actor, action, detail }) => ({ actor, action, detail }));
const told = async (id: string): Promise<string[]> =>
  (
    await test.context.store.notification.findMany({
      where: { commentId: id },
      orderBy: [{ personId: 'asc' }],
    })
  ).map(({ personId, kind }) => `${personId} ${kind}`);

describe('writing', () => {
  it('begins a thread on a preview, with answers one level deep, as plain text', async () => {
    const { runId } = prepared;
    const body = '<b>@mira name</b> is this right?\n & "so"';
    const thread = await add('vic', { run: runId, body: `  ${body} `, mentions: ['mira', 'mira'] });
    expect(thread).toMatchObject({
      first: { body, author: 'vic name', editedAt: null, mentions: [{ id: 'mira', name: 'mira name' }] },
      answers: [],
      run: { id: runId, number: 1 },
      row: null,
      resolved: null,
    });
    const { id } = thread.first;
    expect(await audit(id)).toEqual([
      {
        actor: 'vic',
        action: 'comment.add',
        detail: { run: 1, row: null, answers: null, mentions: ['mira'] },
      },
    ]);
    expect(
      JSON.stringify(await test.context.store.audit.findMany({ where: { action: 'comment.add' } }), (_, v) =>
        typeof v === 'bigint' ? `${v}` : v,
      ),
    ).not.toContain('is this right');
    // whose preview it is, and who was asked
    expect(await told(id)).toEqual(['local comment', 'mira mentioned']);
    const answered = await add('mira', { answers: id, body: 'yes' });
    expect(answered.answers).toMatchObject([{ body: 'yes', author: 'mira name' }]);
    const [answer] = answered.answers;
    expect(await told(answer?.id ?? '')).toEqual(['local comment', 'vic comment']);
    await expect(add('ben', { answers: answer?.id, body: 'no' })).rejects.toMatchObject({
      code: 'not_found',
    });
    const data = { runId, parentId: answer?.id ?? '', body: 'past the verb', author: 'ben' };
    await expect(test.context.store.comment.create({ data })).rejects.toThrow(/first of a thread/);
  });

  it('refuses who has not signed in, whom nobody knows, and what is no comment', async () => {
    const { runId } = prepared;
    const nobody = { ...test.context, actor: NOBODY };
    const input = checked(AddCommentInput, { run: runId, body: 'x' });
    await expect(addComment(nobody, input)).rejects.toMatchObject({ code: 'access.signed_out' });
    await expect(listComments(nobody, { run: runId })).rejects.toMatchObject({ code: 'access.signed_out' });
    const token = {
      ...as('mira'),
      actor: { ...as('mira').actor, via: 'token', scope: ['incident.read'] },
    } as const;
    await expect(addComment(token, input)).rejects.toMatchObject({ code: 'access.forbidden' });
    for (const mentions of [['gone'], ['who']]) {
      await expect(add('ben', { run: runId, body: 'x', mentions })).rejects.toMatchObject({
        code: 'request.invalid',
      });
    }
    const wrong: object[] = [
      { run: runId, body: '  ' },
      { run: runId, body: 'x'.repeat(4001) },
      { run: runId, body: 'a\0b' },
      { body: 'x' },
      { run: runId, answers: runId, body: 'x' },
      { answers: runId, row: 1, body: 'x' },
    ];
    for (const one of wrong) expect(() => checked(AddCommentInput, one)).toThrow();
    await expect(add('ben', { run: runId, row: 77, body: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(add('ben', { run: prepared.incidentId, body: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('lets its author alone change it, for 15 minutes; who is mentioned anew is told', async () => {
    const { store } = test.context;
    const { first } = await add('ben', { run: prepared.runId, body: 'frist', mentions: ['mira'] });
    const changed = await change('ben', first.id, 'first', ['mira', 'vic']);
    expect(changed.first).toMatchObject({ body: 'first', mentions: [{ id: 'mira' }, { id: 'vic' }] });
    expect(changed.first.editedAt).not.toBeNull();
    expect(await told(first.id)).toEqual(['local comment', 'mira mentioned', 'vic mentioned']);
    await expect(change('mira', first.id, 'hers')).rejects.toMatchObject({ code: 'access.forbidden' });
    await store.comment.update({
      where: { id: first.id },
      data: { createdAt: new Date(Date.now() - 15 * 60_000 - 1000) },
    });
    await expect(change('ben', first.id, 'late')).rejects.toMatchObject({ code: 'conflict' });
    expect((await store.comment.findUniqueOrThrow({ where: { id: first.id } })).body).toBe('first');
    expect((await audit(first.id)).map(({ action }) => action)).toEqual(['comment.add', 'comment.change']);
  });

  it('is resolved and opened again, by whoever reads it; twice is once', async () => {
    const { first } = await add('ben', { run: prepared.runId, body: 'to settle' });
    const settle = (id: string, resolved: boolean) => resolveThread(as(id), { id: first.id, resolved });
    const at = (await settle('vic', true)).resolved;
    expect(at).toMatchObject({ by: 'vic name' });
    expect((await settle('mira', true)).resolved).toEqual(at);
    expect((await settle('mira', false)).resolved).toBeNull();
    expect((await audit(first.id)).map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'ben comment.add',
      'vic comment.resolve',
      'mira comment.reopen',
    ]);
    const { answers } = await add('mira', { answers: first.id, body: 'done' });
    const answer = { id: answers[0]?.id ?? '', resolved: true };
    await expect(resolveThread(as('mira'), answer)).rejects.toMatchObject({ code: 'not_found' });
    await expect(resolveThread({ ...test.context, actor: NOBODY }, answer)).rejects.toMatchObject({
      code: 'access.signed_out',
    });
  });
});

describe('deleting', () => {
  const WORD = 'canary-of-a-comment';
  /** The comments and the lines of the audit that have the word. */
  const found = () =>
    sql(
      test.url,
      `select c::text from comment c where c::text like '%${WORD}%'
       union all select a::text from audit a where a::text like '%${WORD}%'`,
    );

  it('erases what it says and whom it mentions, and keeps that it stood there', async () => {
    const { store } = test.context;
    const { first } = await add('ben', {
      run: prepared.runId,
      body: `${WORD}, @vic name`,
      mentions: ['vic'],
    });
    const { answers } = await add('mira', { answers: first.id, body: 'an answer' });
    const [told1] = (await listNotifications(as('vic'))).newest;
    expect(told1?.excerpt).toContain(WORD);
    expect(first).toMatchObject({ isOwn: true, deleted: null });

    const thread = await remove(as('ben'), first.id);
    expect(thread.first).toMatchObject({
      body: '',
      author: 'ben name',
      mentions: [],
      editableUntil: null,
      deleted: { by: 'ben name', at: expect.stringMatching(/^\d{4}-/) },
    });
    expect(thread.answers).toMatchObject([{ body: 'an answer', deleted: null }]);
    expect(isOpenThread(thread)).toBe(true);
    expect(await found()).toEqual([]);
    expect(await store.commentMention.count({ where: { commentId: first.id } })).toBe(0);
    expect((await audit(first.id)).at(-1)).toEqual({
      actor: 'ben',
      action: 'comment.remove',
      detail: { run: 1, author: 'ben' },
    });
    const [told2] = (await listNotifications(as('vic'))).newest;
    expect(told2).toMatchObject({
      id: told1?.id,
      text: 'ben name mentioned you in a comment on preview 1; it was deleted since.',
      excerpt: null,
    });

    // once; nothing is said there any more
    expect((await remove(as('ben'), first.id)).first.deleted).toEqual(thread.first.deleted);
    expect((await audit(first.id)).filter(({ action }) => action === 'comment.remove')).toHaveLength(1);
    await expect(change('ben', first.id, 'again')).rejects.toMatchObject({ code: 'conflict' });
    for (const past of [
      store.comment.update({ where: { id: first.id }, data: { body: 'back' } }),
      store.comment.update({ where: { id: answers[0]?.id ?? '' }, data: { deletedAt: new Date() } }),
      store.commentMention.create({ data: { commentId: first.id, personId: 'vic' } }),
    ])
      await expect(past).rejects.toThrow(/comment/);
    expect(isOpenThread(await remove(as('mira'), answers[0]?.id ?? ''))).toBe(false);
  });

  it('is for its author, however late, and for an admin in person', async () => {
    const { store } = test.context;
    const { first } = await add('ben', { run: prepared.runId, body: WORD });
    await store.comment.update({ where: { id: first.id }, data: { createdAt: new Date(0) } });
    const admin = as('local');
    const token = { ...admin, actor: { ...admin.actor, via: 'token' as const } };
    for (const other of [as('vic'), as('mira'), token])
      await expect(remove(other, first.id)).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(remove({ ...admin, actor: NOBODY }, first.id)).rejects.toMatchObject({
      code: 'access.signed_out',
    });
    await expect(remove(admin, prepared.runId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await found()).toHaveLength(1);
    expect((await remove(admin, first.id)).first).toMatchObject({
      isOwn: false,
      deleted: { by: 'Alex Test' },
    });
    expect((await audit(first.id)).at(-1)).toMatchObject({ actor: 'local', detail: { author: 'ben' } });
    expect(await found()).toEqual([]);
    const own = await add('ben', { run: prepared.runId, body: WORD });
    await store.comment.update({ where: { id: own.first.id }, data: { createdAt: new Date(0) } });
    expect((await remove(as('ben'), own.first.id)).first.deleted).toMatchObject({ by: 'ben name' });
  });
});

it('a row keeps its threads in a later preview of the incident; the preview its own', async () => {
  const own = await preparePostgres(test);
  const page = await listDiscrepancies(test.context, { id: own.runId });
  const row = page.rows[1];
  if (row === undefined) throw new Error('no row');
  const thread = await add('ben', { run: own.runId, row: row.row, body: 'why this one?' });
  expect(thread.row).toEqual({ keys: row.keys, bucket: row.bucket, place: row.row });
  await add('ben', { run: own.runId, body: 'of the first preview' });
  const later = await previewAgain(test, own.incidentId);
  const { threads, isCut } = await listComments(as('vic'), { run: later });
  expect(isCut).toBe(false);
  expect(threads).toHaveLength(1);
  const [kept] = threads;
  expect(kept).toMatchObject({ run: { id: own.runId, number: 1 }, first: { editableUntil: null } });
  const again = (await listDiscrepancies(test.context, { id: later })).rows.find(
    (one) => kept?.row != null && cellKey(one) === cellKey(kept.row),
  );
  expect(again?.keys).toEqual(row.keys);
  expect((await listComments(as('ben'), { run: own.runId })).threads.map(({ first }) => first.body)).toEqual([
    'why this one?',
    'of the first preview',
  ]);
  // another incident's rows have the same keys
  expect(
    (await listComments(as('ben'), { run: prepared.runId })).threads.every(({ row: of }) => of === null),
  ).toBe(true);
}, 60_000);
