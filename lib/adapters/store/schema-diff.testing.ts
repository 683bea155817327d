import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { z } from 'zod';

/**
 * The SQL that leads from the database at `url` to a Prisma schema: empty where they agree. Prisma's own schema
 * engine in WebAssembly, so that no engine is downloaded. For tests, and for drafting a migration.
 */
export async function diffToSchema(url: string, schemaFile: string): Promise<string> {
  const engine = await loadEngine();
  const file = { path: schemaFile, content: readFileSync(schemaFile, 'utf8') };
  const session = await engine.SchemaEngine.new(
    { datamodels: [[file.path, file.content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(new CatalogReader({ connectionString: url })),
  );
  try {
    const answer = await session.diff({
      from: { tag: 'schemaDatasource', files: [file], configDir: path.dirname(schemaFile) },
      to: { tag: 'schemaDatamodel', files: [file] },
      script: true,
      exitCode: null,
      shadowDatabaseUrl: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return z.object({ stdout: z.string().nullable() }).parse(answer).stdout ?? '';
  } finally {
    session.free();
  }
}

/** Loads the glue code, and hands it the module that a bundler would have loaded for it. */
async function loadEngine() {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const engine = await import(pathToFileURL(glue).href);
  const wasm = readFileSync(path.join(path.dirname(glue), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (text: string) => console.error(text) },
  });
  const start = instance.exports.__wbindgen_start;
  if (typeof start === 'function') start();
  return engine;
}

type Connection = Awaited<ReturnType<PrismaPg['connect']>>;
type Fields = { fields: { dataTypeID: number }[] };
const CHAR = 18;
const CHAR_ARRAY = 1002;
const TEXT = 25;
const TEXT_ARRAY = 1009;

/** adapter-pg does not know PostgreSQL's catalog type "char", which the engine reads: it gets it as a character. */
class CatalogReader extends PrismaPg {
  override async connect(): Promise<Connection> {
    const connection = await super.connect();
    const io: (query: unknown) => Promise<Fields> = Reflect.get(connection, 'performIO').bind(connection);
    const read = connection.queryRaw.bind(connection);
    let chars: number[] = [];
    Reflect.set(connection, 'performIO', async (query: unknown) => {
      const result = await io(query);
      chars = result.fields.flatMap((field, at) => (field.dataTypeID === CHAR ? [at] : []));
      for (const field of result.fields) {
        if (field.dataTypeID === CHAR) field.dataTypeID = TEXT;
        if (field.dataTypeID === CHAR_ARRAY) field.dataTypeID = TEXT_ARRAY;
      }
      return result;
    });
    connection.queryRaw = async (query) => {
      const result = await read(query);
      for (const at of chars) result.columnTypes[at] = ColumnTypeEnum.Character;
      return result;
    };
    return connection;
  }
}
