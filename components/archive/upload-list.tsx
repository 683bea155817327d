'use client';

import { totalOf, type UploadItem, type Uploads } from '#components/archive/uploads.ts';
import { apiErrorOf } from '#components/query/api.ts';
import { Button, IconButton } from '#components/ui/button';
import { formatBytes, formatCount, shortHash } from '#components/ui/format.ts';
import { Icon, type IconName } from '#components/ui/icon';
import { Progress } from '#components/ui/loading';
import { useToast } from '#components/ui/toast';

const SHOWN = 200;

/** Every file on its way: how far, its hash when it is there, what is wrong where it is not. */
export function UploadList({ uploads, items }: { uploads: Uploads; items: readonly UploadItem[] }) {
  if (items.length === 0) return null;
  const total = totalOf(items);
  const words = `${formatBytes(total.sentBytes)} of ${formatBytes(total.bytes)}`;
  return (
    <div className="grid gap-2.5">
      <div className="flex items-end gap-3">
        <div className="flex-1">
          <Progress
            label={`${formatCount(total.done)} of ${formatCount(total.files)} files`}
            done={total.bytes === 0 ? total.done : total.sentBytes}
            total={total.bytes === 0 ? total.files : total.bytes}
            words={total.failed > 0 ? `${words}, ${formatCount(total.failed)} failed` : words}
            tone={total.failed > 0 ? 'danger' : total.done === total.files ? 'ok' : 'acc'}
          />
        </div>
        {total.active > 0 ? (
          <Button size="sm" icon="pause" onClick={uploads.pauseAll}>
            Pause all
          </Button>
        ) : total.paused > 0 ? (
          <Button size="sm" icon="play" onClick={uploads.resumeAll}>
            Go on
          </Button>
        ) : null}
      </div>
      <ul
        className="relative max-h-72 divide-y divide-line overflow-y-auto rounded-control border border-line"
        aria-label="Files"
      >
        {items.slice(0, SHOWN).map((item) => (
          <UploadRow key={item.id} item={item} uploads={uploads} />
        ))}
        {items.length > SHOWN ? (
          <li className="px-3 py-2 text-text-3 text-xs">
            and {formatCount(items.length - SHOWN)} more files, counted above
          </li>
        ) : null}
      </ul>
    </div>
  );
}

const ICONS: Record<UploadItem['state'], { icon: IconName; look: string }> = {
  waiting: { icon: 'clock', look: 'text-text-3' },
  sending: { icon: 'spinner', look: 'text-accent' },
  checking: { icon: 'spinner', look: 'text-accent' },
  paused: { icon: 'pause', look: 'text-text-3' },
  done: { icon: 'check', look: 'text-ok' },
  failed: { icon: 'warning', look: 'text-danger' },
};

function UploadRow({ item, uploads }: { item: UploadItem; uploads: Uploads }) {
  const { icon, look } = ICONS[item.state];
  const { notify } = useToast();
  const name = item.path;
  const cancel = () =>
    uploads.cancel(item.id).catch((thrown: unknown) => {
      const error = apiErrorOf(thrown);
      notify({ title: `${name} is not removed. ${error.message}`, description: error.fix, tone: 'danger' });
    });
  return (
    <li className="flex flex-wrap items-center gap-x-2.5 gap-y-1 px-3 py-1.5">
      <Icon name={icon} size={14} className={look} />
      <span className="min-w-0 flex-1 basis-40 truncate" title={name}>
        {name}
      </span>
      <span className="text-text-3 text-xs">{stateWords(item)}</span>
      <span className="flex">
        {item.state === 'sending' || item.state === 'waiting' ? (
          <IconButton icon="pause" label={`Pause ${name}`} size="sm" onClick={() => uploads.pause(item.id)} />
        ) : null}
        {item.state === 'paused' || item.state === 'failed' ? (
          <IconButton
            icon={item.state === 'failed' ? 'again' : 'play'}
            label={`${item.state === 'failed' ? 'Try again:' : 'Go on with'} ${name}`}
            size="sm"
            onClick={() => uploads.resume(item.id)}
          />
        ) : null}
        <IconButton
          icon={item.state === 'done' ? 'trash' : 'cross'}
          label={`${item.state === 'done' ? 'Remove' : 'Cancel'} ${name}`}
          size="sm"
          onClick={() => void cancel()}
        />
      </span>
      {item.error ? (
        <p role="alert" className="basis-full pb-1 text-danger text-xs">
          {item.error.message} {item.error.fix}
        </p>
      ) : null}
    </li>
  );
}

function stateWords(item: UploadItem): string {
  const size = formatBytes(item.bytes);
  switch (item.state) {
    case 'waiting':
      return `${size}, waiting`;
    case 'sending':
      return item.foundBytes > 0 && item.sentBytes === item.foundBytes
        ? `${formatBytes(item.foundBytes)} of ${size} were there already`
        : `${formatBytes(item.sentBytes)} of ${size}`;
    case 'checking':
      return `${size}, comparing hashes`;
    case 'paused':
      return `paused at ${formatBytes(item.sentBytes)} of ${size}`;
    case 'failed':
      return `stopped at ${formatBytes(item.sentBytes)} of ${size}`;
    case 'done':
      return `${size}, SHA-256 ${shortHash(item.sha256 ?? '')}`;
  }
}
