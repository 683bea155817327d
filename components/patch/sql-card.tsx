import { useId } from 'react';
import { patchPath } from '#components/patch/use-patch.ts';
import { patchName } from '#components/patch/words.ts';
import { DownloadLink } from '#components/ui/button';
import { Card, CardHeader } from '#components/ui/card';
import { CodeBlock } from '#components/ui/code-block';
import { CopyButton } from '#components/ui/copy-button';
import type { PatchView } from '#lib/patch/patch';

/** The statements as the server will run them. */
export function SqlCard({ patch }: { patch: PatchView }) {
  const titleId = useId();
  if (patch.sql === '') return null;
  return (
    <Card labelledBy={titleId}>
      <CardHeader
        title="SQL"
        titleId={titleId}
        meta="one transaction, guarded row by row"
        actions={
          <>
            <CopyButton text={patch.sql} />
            <DownloadLink
              variant="ghost"
              size="sm"
              href={`${patchPath(patch.id)}/patch.sql`}
              download={`${patchName(patch.seal)}.sql`}
            >
              Download
            </DownloadLink>
          </>
        }
      />
      <CodeBlock code={patch.sql} label="SQL that will run" className="max-h-96" />
    </Card>
  );
}
