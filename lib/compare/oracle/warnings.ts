import type { OracleIncident } from '#lib/compare/oracle/incident';

/** Warnings whose condition the contract says in full, and that need nothing of the files. */
export const KNOWN_WARNINGS = [
  'no_id',
  'no_events',
  'no_cut',
  'cut_unproved',
  'live_key_null',
  'control_empty',
] as const;
type Known = (typeof KNOWN_WARNINGS)[number];

type Facts = {
  readonly affected: number;
  /** Cells of the control that were compared; null without one. */
  readonly control: number | null;
  readonly pendingEvents: number;
  readonly nullKeys: number;
};

/** The codes of the known warnings that a preview must give, in the order of the list. */
export function warnings({ plan }: OracleIncident, facts: Facts): Known[] {
  const { live, archive } = plan;
  const given: Readonly<Record<Known, boolean>> = {
    no_id: archive.fields.id === null,
    no_events: facts.affected === 0,
    no_cut: live.cut === null && (live.state === 'running' || live.state === 'latest'),
    cut_unproved: live.cut?.kind === 'instant' && facts.pendingEvents > 0,
    live_key_null: facts.nullKeys > 0,
    control_empty: facts.control === 0,
  };
  return KNOWN_WARNINGS.filter((code) => given[code]);
}
