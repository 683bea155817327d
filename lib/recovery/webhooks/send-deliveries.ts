import { writeAudit } from '#lib/adapters/store/audit';
import { changeRecords } from '#lib/adapters/store/change-records';
import { notifyOfWebhook } from '#lib/adapters/store/notify';
import {
  type Answer,
  keepBody,
  recordAnswer,
  type TakenDelivery,
  takeDeliveries,
} from '#lib/adapters/store/webhook-outbox';
import { post, type Resolve } from '#lib/adapters/webhooks/post';
import { signatureOf } from '#lib/adapters/webhooks/signature';
import { checkedUrl } from '#lib/adapters/webhooks/webhook-hosts';
import { Failure } from '#lib/base/failure';
import type { Context } from '#lib/recovery/setup/context';
import { messageOf } from '#lib/recovery/webhooks/delivery-body';
import { openWebhook, secretsOf } from '#lib/recovery/webhooks/webhook-record';
import { eraseOldSecrets } from '#lib/recovery/webhooks/webhook-secret';

const LOOK_MS = 2_000;
const ERASE_MS = 3_600_000;
/** Sent side by side: one receiver that does not answer keeps few others waiting. */
const AT_ONCE = 10;

type Sending = Pick<Context, 'store' | 'env' | 'key'>;

/** Sends what is due, until nothing is. Answers how many tries that were. */
export async function sendDue(context: Sending, signal: AbortSignal, resolve?: Resolve): Promise<number> {
  for (let tries = 0; ; ) {
    const taken = await takeDeliveries(context.store, AT_ONCE);
    if (taken.length === 0) return tries;
    tries += taken.length;
    await Promise.all(
      taken.map(async (one) => record(context, one, await send(context, one.id, signal, resolve))),
    );
  }
}

/** Keeps what came of a try. Where it was the last, admins are told that it was given up, in the same transaction. */
async function record({ store }: Sending, taken: TakenDelivery, answer: Answer): Promise<void> {
  await changeRecords(store, async (tx) => {
    if (!(await recordAnswer(tx, taken, answer))) return;
    const { id, webhookId, attempts } = taken;
    await writeAudit(tx, {
      actor: 'recount',
      action: 'webhook.give_up',
      subject: `webhook ${webhookId}`,
      detail: { delivery: id, attempts, status: answer.status, problem: answer.problem },
    });
    await notifyOfWebhook(tx, webhookId);
  });
}

async function send(
  { store, env, key }: Sending,
  id: string,
  signal: AbortSignal,
  resolve: Resolve | undefined,
): Promise<Answer> {
  const delivery = await store.webhookDelivery.findUnique({ where: { id }, include: { webhook: true } });
  const message = delivery === null ? null : await messageOf(store, env, delivery);
  if (delivery === null || message === null) return failed('Its patch is gone.');
  const opened = openWebhook(key, delivery.webhook);
  if (opened === null) return failed('Its address cannot be opened: the key is another one.');
  const body = delivery.body ?? message.body;
  if (delivery.body === null) await keepBody(store, id, body);
  try {
    const now = new Date();
    const headers = {
      'X-Recount-Signature': signatureOf(secretsOf(opened, now), body, Math.floor(now.getTime() / 1000)),
      'X-Recount-Delivery': id,
      'Idempotency-Key': message.key,
    };
    return await post({ url: checkedUrl(opened.url, env.webhookHosts), headers, body, signal }, resolve);
  } catch (error) {
    if (error instanceof Failure) return failed(error.message);
    throw error;
  }
}

const failed = (problem: string): Answer => ({ status: null, problem });

/**
 * Sends what is due every two seconds, in the background, until `signal` aborts. What it cannot do now (the records are
 * away) it does the next time.
 */
export function watchDeliveries(context: Sending, signal: AbortSignal): void {
  let isSending = false;
  let erasedAt = 0;
  const look = async (): Promise<void> => {
    if (isSending || signal.aborted) return;
    isSending = true;
    try {
      await sendDue(context, signal);
      if (Date.now() - erasedAt < ERASE_MS) return;
      erasedAt = Date.now();
      await eraseOldSecrets(context);
    } catch (error) {
      if (!signal.aborted)
        console.error(`webhooks: not sent: ${error instanceof Error ? error.message : error}`);
    } finally {
      isSending = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  void look();
}
