import { buildPages } from '#lib/entry/build-pages';
import { generateClient } from '#lib/entry/generate-client';

await generateClient();
await buildPages((line) => console.log(line));
