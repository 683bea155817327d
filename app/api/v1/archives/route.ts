import { AddArchiveInput, addArchive } from '#lib/recovery/add-archive';
import { handler } from '#lib/recovery/http';

export const POST = handler(AddArchiveInput, addArchive, { status: 201 });
