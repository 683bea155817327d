import { KeyHint } from '#components/ui/mono';
import type { IncidentList } from '#lib/incident/incident';
import type { ListView } from '#lib/incident/list-view';

/** The keys, and how much of how much is shown. */
export function ListFooter({ list, view }: { list: IncidentList; view: ListView }) {
  const applied = list.rows.filter((row) => row.group === 'applied').length;
  const shown =
    view.state === 'open' && applied > 0
      ? `${list.rows.length - applied} open and ${applied} recently applied`
      : `${list.rows.length}`;
  return (
    <footer className="flex items-center gap-3.5 px-1 py-2.5 text-text-3 text-xs">
      <span className="flex gap-3.5 max-md:hidden">
        <KeyHint keys={['J', 'K']}>Move</KeyHint>
        <KeyHint keys={['Enter']}>Open</KeyHint>
        <KeyHint keys={['N']}>New incident</KeyHint>
        <KeyHint keys={['/']}>Search</KeyHint>
      </span>
      <span role="status" className="ml-auto">
        Showing {shown} of {list.counts.all}
      </span>
    </footer>
  );
}
