import { performance } from 'node:perf_hooks';
import type { Session } from '#lib/replay/session';
export function profiled(s: Session): Session {
  const t = async <T>(sql: string, f: () => Promise<T>): Promise<T> => {
    const b = performance.now();
    try {
      return await f();
    } finally {
      const e = performance.now() - b;
      if (e > 100) console.error(e.toFixed(0).padStart(7), sql.replace(/\s+/g, ' ').slice(0, 150));
    }
  };
  return {
    get scratch() {
      return s.scratch;
    },
    run: (q) => t(q, () => s.run(q)),
    rows: (q, r) => t(q, () => s.rows(q, r)),
    one: (q, r) => t(q, () => s.one(q, r)),
    lock: () => s.lock(),
    progress: () => s.progress(),
    close: () => s.close(),
  };
}
