import { AggregatorRegistry, Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** What a process counts of itself, for Prometheus. */
export type Metrics = {
  readonly registry: Registry;
  readonly httpSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly jobSeconds: Histogram<'kind' | 'outcome'>;
  readonly childCrashes: Counter;
};

const HTTP_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOB_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600];

// Next may load this module several times in one process (a bundle a route): the numbers are kept beside it.
declare global {
  var recountMetrics: Metrics | undefined;
}

/** The numbers of this process. */
export function theMetrics(): Metrics {
  globalThis.recountMetrics ??= newMetrics();
  return globalThis.recountMetrics;
}

function newMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    httpSeconds: new Histogram({
      name: 'recount_http_request_duration_seconds',
      help: 'Requests to the API, to the first byte of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'recount_job_duration_seconds',
      help: 'Jobs of the worker by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      buckets: JOB_BUCKETS,
      registers,
    }),
    childCrashes: new Counter({
      name: 'recount_duckdb_child_crashes_total',
      help: 'Calculating processes that ended by themselves, and were started again when next needed.',
      registers,
    }),
  };
}

/** Says which process this is, and counts its memory, processor time and event loop too. */
export function nameMetrics(process: 'web' | 'worker'): void {
  const { registry } = theMetrics();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
}

/** What one process hands to another. */
export const metricsText = async (): Promise<string> =>
  JSON.stringify(await theMetrics().registry.getMetricsAsJSON());

/** Several processes' numbers as Prometheus reads them. `others`: their metricsText; one that cannot be read is left out. */
export async function exposition(own: Registry, others: readonly string[]): Promise<string> {
  const read = others.flatMap((text) => {
    try {
      return [JSON.parse(text)];
    } catch {
      return [];
    }
  });
  return AggregatorRegistry.aggregate([await own.getMetricsAsJSON(), ...read]).metrics();
}
