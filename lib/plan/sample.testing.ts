/** How the sample names its live store. */
export const STORE = `\${LIVE_DATABASE_URL}`;

/** The plan of docs/recovery-plan.md section 1 for each state; what the tests of plan and calculation begin from. */
export const PLAN_TEXT = `recount: 1
title: Totals worker dropped events on 10 June
archive:
  at: archive/**/*.parquet
  format: auto
  layout: auto
  slack: 2h
  fields:
    id: event_id
    time: timestamp
    ingested: received_at
    sequence: offset
  types: { user_id: bigint, value: "decimal(18,2)" }
  timezone: UTC
  rejects: 0
  conflicts: block
window:
  from: 2024-06-10T12:00:00Z
  to: 2024-06-10T12:30:00Z
  clock: time
calculation:
  name: user-totals
  versions:
    - version: 1
      where: "type <> 'test'"
      keys: { user_id: user_id }
      measures:
        total: sum(value)
        events: count(*)
  replay_with: deployed
live:
  store: ${STORE}
  table: public.user_totals
  state: bucketed
  keys: [user_id]
  bucket: { column: hour, size: 1h, timezone: UTC }
  cut: 2024-06-10T13:00:00Z
compare:
  tolerance: { total: 0 }
patch:
  only_in_live: keep
  archive_is_complete: false
  guard: delta
control: { from: 2024-06-10T10:00:00Z, to: 2024-06-10T11:00:00Z }
`;

/** The sample with one piece of text put in another's place. */
export function planWith(...changes: readonly (readonly [string, string])[]): string {
  let text = PLAN_TEXT;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the sample plan has no ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}
