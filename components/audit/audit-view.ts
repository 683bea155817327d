/** What of the audit is looked at: the part of the address that a teammate gets with the link. */
export const AUDIT_FILTERS = ['actor', 'action', 'incident', 'from', 'to', 'text'] as const;
export type AuditFilterName = (typeof AUDIT_FILTERS)[number];
/** Empty: everything. */
export type AuditView = Readonly<Record<AuditFilterName, string>>;

export const WHOLE_AUDIT: AuditView = { actor: '', action: '', incident: '', from: '', to: '', text: '' };

const MOST = 200;

/** Reads the address. What is missing is empty; instants that are none are left out. */
export function parseAuditView(search: { get(name: string): string | null }): AuditView {
  const text = (name: AuditFilterName): string => (search.get(name) ?? '').trim().slice(0, MOST);
  const instant = (name: 'from' | 'to'): string => (Number.isNaN(Date.parse(text(name))) ? '' : text(name));
  return {
    actor: text('actor'),
    action: text('action'),
    incident: /^(inc-)?\d{1,9}$/i.test(text('incident')) ? text('incident') : '',
    from: instant('from'),
    to: instant('to'),
    text: text('text'),
  };
}

/** The shortest query that parseAuditView reads back as this view: empty, or with its `?`. */
export function auditQuery(view: AuditView, more: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams();
  for (const name of AUDIT_FILTERS) if (view[name] !== '') search.set(name, view[name]);
  for (const [name, value] of Object.entries(more)) search.set(name, value);
  const query = search.toString();
  return query === '' ? '' : `?${query}`;
}

export const isFiltered = (view: AuditView): boolean => AUDIT_FILTERS.some((name) => view[name] !== '');

const TYPED = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))?\s*(?:Z|UTC)?$/i;

/** `2026-11-22 14:05` or a day, as it is typed, as an instant in UTC; empty stays empty, null for what is no time. */
export function instantOf(typed: string): string | null {
  if (typed === '') return '';
  const [, day, clock = '00:00'] = TYPED.exec(typed) ?? [];
  if (day === undefined) return null;
  const iso = `${day}T${clock.length === 5 ? `${clock}:00` : clock}Z`;
  const at = new Date(iso);
  // a day that its month does not have would become one of the next
  return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(day) ? null : iso;
}

/** The same back, as short as it can be written. */
export const typedOf = (iso: string): string =>
  iso
    .replace('T', ' ')
    .replace(/(?:Z|\+00:00)$/, '')
    .replace(/(\d\d:\d\d):00(?:\.0+)?$/, '$1')
    .replace(/ 00:00$/, '');
