import { AddArchiveInput, addArchive } from '#lib/recovery/archives/add-archive';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(AddArchiveInput, addArchive, { status: 201 });
