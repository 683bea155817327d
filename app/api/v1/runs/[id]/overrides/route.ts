import { handler } from '#lib/recovery/http/http';
import {
  OverrideBlockInput,
  overrideBlock,
  ReadOverridesInput,
  readOverrides,
} from '#lib/recovery/patches/override-block';

export const GET = handler(ReadOverridesInput, readOverrides);
export const POST = handler(OverrideBlockInput, overrideBlock);
