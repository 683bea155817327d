import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Failure } from '#lib/base/failure';
import { permit } from '#lib/recovery/access/permit';
import { findLiveStore } from '#lib/recovery/live-stores/describe-live-table';
import type { Context } from '#lib/recovery/setup/context';
import { filePlace } from '#lib/recovery/setup/live-address';
import { withinPlace } from '#lib/recovery/setup/places';

export const LiveFileInput = z.object({ id: z.uuid() });

/**
 * A live store that is a file, as it is now: an uploaded one comes back this way after a patch. It is whole, also what no
 * incident shows: an operator's. Failures: access.forbidden, not_found,
 * live.not_found, archive.outside_roots.
 */
export async function downloadLiveFile(
  context: Context,
  { id }: z.output<typeof LiveFileInput>,
): Promise<Response> {
  permit(context.actor, 'live_store.use');
  const record = await findLiveStore(context, id);
  if (record.kind !== 'file') throw new Failure('not_found', 'This live store is no file.');
  const place = filePlace(context.env, record.config);
  const path = await withinPlace(place, 'live.not_found');
  const { size } = await stat(path);
  return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream, {
    headers: {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(size),
      'Content-Disposition': `attachment; filename*=UTF-8''${headerName(basename(place.full))}`,
    },
  });
}

/** A file's name as RFC 8187 takes it in a header. */
const headerName = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
