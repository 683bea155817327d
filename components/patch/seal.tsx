import { CopyButton } from '#components/ui/copy-button';
import { shortHash } from '#components/ui/format.ts';
import { Mono } from '#components/ui/mono';

/** The patch's hash: short to read, whole to copy. */
export function Seal({ seal }: { seal: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span title={seal}>
        <span className="sr-only">Seal </span>
        <Mono>{shortHash(seal)}</Mono>
      </span>
      <CopyButton text={seal} label="Copy seal" />
    </span>
  );
}
