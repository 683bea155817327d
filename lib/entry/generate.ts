import { generateClient } from '#lib/entry/generate-client';

await generateClient();
