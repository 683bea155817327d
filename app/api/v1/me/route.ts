import { z } from 'zod';
import { readMe } from '#lib/recovery/access/read-me';
import { handler } from '#lib/recovery/http/http';
import { RenameInput, renameMe } from '#lib/recovery/people/rename-me';

export const GET = handler(z.object({}), readMe);
export const PATCH = handler(RenameInput, renameMe);
