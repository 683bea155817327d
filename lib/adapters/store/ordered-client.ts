import pg from 'pg';

type Asked = (...asked: unknown[]) => unknown;

/**
 * A connection that sends the next query once the one before was answered. Prisma asks for several things at once within one
 * transaction, which pg queues today, warns of, and will refuse.
 */
export class OrderedClient extends pg.Client {
  #before: Promise<unknown> = Promise.resolve();

  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const send = this.query.bind(this) as Asked;
    const ordered: Asked = (...asked) => {
      // who gives a callback, or a query object of their own (COPY), is answered by it and waits by themselves
      const [query] = asked;
      const answersItself = typeof query === 'object' && query !== null && 'submit' in query;
      if (answersItself || asked.some((one) => typeof one === 'function')) return send(...asked);
      const answer = this.#before.then(() => send(...asked));
      this.#before = answer.catch(() => undefined);
      return answer;
    };
    this.query = ordered as typeof this.query;
  }
}
