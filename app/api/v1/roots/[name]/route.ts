import { BrowseInput, browseRoot } from '#lib/recovery/browse-root';
import { handler } from '#lib/recovery/http';

export const GET = handler(BrowseInput, browseRoot);
