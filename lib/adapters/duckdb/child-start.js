// What a DuckDB child is started with, plain JavaScript: Node keeps what it compiles of the modules that are loaded from
// here on, and then a child needs two thirds of the time to be there.
import module from 'node:module';

module.enableCompileCache();
await import('#lib/adapters/duckdb/child-main');
