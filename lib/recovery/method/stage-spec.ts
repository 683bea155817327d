import type { StageSpec } from '#lib/archive/stage';
import type { Calculation } from '#lib/calculation/calculation';
import type { Plan } from '#lib/plan/plan';
import type { PreviewPlaces } from '#lib/recovery/method/preview-places';

/** How a plan's archive is read: its fields and types, and where staged parts are kept. */
export function stageSpec(
  plan: { readonly archive: Plan['archive']; readonly window: Pick<Plan['window'], 'clock'> },
  calculation: Pick<Calculation, 'columns'>,
  places: Pick<PreviewPlaces, 'stageDir' | 'threads' | 'signal' | 'onProgress'>,
): StageSpec {
  const { archive } = plan;
  return {
    format: archive.format,
    layout: archive.layout,
    slackMicros: archive.slackMicros,
    fields: archive.fields,
    types: archive.types,
    timezone: archive.timezone,
    requireArrival: plan.window.clock === 'ingested',
    usedColumns: calculation.columns,
    stageDir: places.stageDir,
    threads: places.threads,
    ...(places.signal ? { signal: places.signal } : {}),
    onProgress: (done, total) =>
      places.onProgress?.({ step: 'read', done, total, unit: 'bytes', words: 'Reading the archive' }),
  };
}
