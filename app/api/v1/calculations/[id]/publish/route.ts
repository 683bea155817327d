import { PublishEditionInput, publishEdition } from '#lib/recovery/calculations/publish-edition';
import { handler } from '#lib/recovery/http/http';

export const POST = handler(PublishEditionInput, publishEdition);
