import { BrowseInput, browseRoot } from '#lib/recovery/archives/browse-root';
import { handler } from '#lib/recovery/http/http';

export const GET = handler(BrowseInput, browseRoot);
