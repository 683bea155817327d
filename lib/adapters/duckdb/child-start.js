// What a DuckDB child is started with, plain JavaScript: what Node compiles of the modules that are loaded from here on is
// kept, where lib/entry/run.js keeps it too, and then a child needs two thirds of the time to be there.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache(
  fileURLToPath(new URL('../../../node_modules/.cache/recount-compiled', import.meta.url)),
);
await import('#lib/adapters/duckdb/child-main');
