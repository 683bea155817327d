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

/** `2026-11-22T14:05` of a time input as an instant in UTC, and back; empty stays empty. */
export const instantOf = (input: string): string => {
  if (input === '') return '';
  const at = new Date(`${input}Z`);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
};
export const inputOf = (iso: string): string =>
  iso === '' ? '' : new Date(iso).toISOString().slice(0, 19).replace(/:00$/, '');
