import { z } from 'zod';

const AWAY = /^(P1001|P1002|P1008|P1017|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|57P0[1-5]|25P03|08\d{3})$/;
/** No connection is free, a transaction took too long, or a lock was waited for in vain. */
const BUSY = /^(P2024|P2028|P2037|53300|57014|55P03)$/;
/** Two changes at once stood in each other's way, and one was rolled back whole: tried again, it goes through. */
const AT_ONCE = /^(P2034|40001|40P01)$/;
const AWAY_WORDS = /Connection terminated|connection timeout|Can't reach database server/i;
const BUSY_WORDS = /timeout exceeded when trying to connect|Unable to start a transaction in the given time/;

const Known = z.object({
  code: z.string().optional().catch(undefined),
  message: z.string().catch(''),
  meta: z
    .object({
      driverAdapterError: z.object({
        cause: z.object({
          kind: z.string().optional().catch(undefined),
          originalCode: z.string().optional().catch(undefined),
        }),
      }),
    })
    .optional()
    .catch(undefined),
});

/**
 * What is wrong with the records' database, by what Prisma, its adapter or pg threw: `away`: it does not answer; `busy`: no
 * connection is free, here or there; `contended`: another change of the same was first. Null: something else.
 */
export function recordsTrouble(error: unknown): 'away' | 'busy' | 'contended' | null {
  const known = Known.safeParse(error);
  if (!known.success) return null;
  const { code, message, meta } = known.data;
  const cause = meta?.driverAdapterError.cause;
  const codes = [code, cause?.originalCode].filter((one) => one !== undefined);
  if (codes.some((one) => AT_ONCE.test(one))) return 'contended';
  if (cause?.kind === 'TooManyConnections' || codes.some((one) => BUSY.test(one)) || BUSY_WORDS.test(message))
    return 'busy';
  const isAway =
    cause?.kind === 'DatabaseNotReachable' ||
    cause?.kind === 'ConnectionClosed' ||
    codes.some((one) => AWAY.test(one)) ||
    AWAY_WORDS.test(message);
  return isAway ? 'away' : null;
}
