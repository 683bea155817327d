import { countOf } from '#components/ui/format.ts';
import { Icon } from '#components/ui/icon';
import { Tag } from '#components/ui/pill';

/** In a row of the table: how many threads of comments on it are open. */
export function ThreadTag({ threads }: { threads: number }) {
  return threads === 0 ? null : (
    <span title={countOf(threads, 'open thread', 'open threads')}>
      <Tag tone="acc">
        <Icon name="comment" size={12} className="mr-1" />
        {threads}
        <span className="sr-only"> open {threads === 1 ? 'thread' : 'threads'}</span>
      </Tag>
    </span>
  );
}
