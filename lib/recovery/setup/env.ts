import { statSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type LiveHost, parseLiveHosts } from '#lib/adapters/live/postgres/live-hosts';
import { parseHosts, type WebhookHost } from '#lib/adapters/webhooks/webhook-hosts';
import { Failure } from '#lib/base/failure';
import { nearest } from '#lib/base/nearest';
import { Secret } from '#lib/base/secret';
import { Access, type AccessSettings, accessSettings } from '#lib/recovery/setup/env-access';

/** A folder that archives may be read from, under the name that people choose it by. */
export type ArchiveRoot = { readonly name: string; readonly path: string };

/** The settings of this installation. docs/running.md describes each. */
export type Env = AccessSettings & {
  readonly dataDir: string;
  readonly port: number;
  /** Of Recount's own records. Null: the embedded server, which `npm start` puts here for its children. */
  readonly databaseUrl: string | null;
  /** The database of the sample incident; null where there is none. */
  readonly sampleDatabaseUrl: string | null;
  readonly archiveRoots: readonly ArchiveRoot[];
  /** In DuckDB's words: `4096MB`. */
  readonly memoryLimit: string;
  readonly threads: number;
  readonly maxUploadBytes: number;
  readonly secretKeyFile: string;
  /** The key itself, which stands before the file; null: the file. */
  readonly secretKey: { readonly current: Secret; readonly next: Secret | null } | null;
  /** How the processes tell what they do: lines for people, or one JSON object a line. */
  readonly log: 'words' | 'json';
  /** Staged events that nobody used for so long go. */
  readonly keepStagedDays: number;
  /** Where webhooks may lead; none: there are no webhooks. */
  readonly webhookHosts: readonly WebhookHost[];
  /** Where live stores that are entered on a page may be; none: anywhere. */
  readonly liveHosts: readonly LiveHost[];
};

type Variables = Readonly<Record<string, string | undefined>>;

const GIB = 1024 ** 3;
const MEMORY = /^[1-9]\d*(\.\d+)? ?(MB|GB|TB|MiB|GiB|TiB)$/i;
const ROOT_NAME = /^[a-z0-9][a-z0-9_-]*$/i;

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));
const postgresUrl = z
  .string()
  .refine(isPostgresUrl, 'must be a URL like postgresql://user@host:5432/database');
const keyText = z
  .string()
  .refine(isKey, 'must be 32 bytes in base64, for example of `openssl rand -base64 32`')
  .transform((text) => new Secret(text));
const folder = z.string().transform((text) => path.resolve(text));

const Settings = z.object({
  RECOUNT_DATA_DIR: folder.default(path.resolve('.recount')),
  PORT: wholeNumber(1, 65_535).default(4000),
  DATABASE_URL: postgresUrl.optional(),
  RECOUNT_SAMPLE_DATABASE_URL: postgresUrl.optional(),
  RECOUNT_ARCHIVE_ROOTS: z.string().transform(parseRoots).optional(),
  RECOUNT_MEMORY_LIMIT: z.string().regex(MEMORY, 'must be a size like 4GB or 512MB').default(defaultMemory()),
  RECOUNT_THREADS: wholeNumber(1, 512).default(availableParallelism()),
  RECOUNT_MAX_UPLOAD_BYTES: wholeNumber(1, 1024 * GIB).default(20 * GIB),
  RECOUNT_SECRET_KEY_FILE: folder.optional(),
  RECOUNT_SECRET_KEY: keyText.optional(),
  RECOUNT_SECRET_KEY_NEXT: keyText.optional(),
  RECOUNT_LOG: z.enum(['words', 'json']).default('words'),
  RECOUNT_KEEP_STAGED_DAYS: wholeNumber(1, 3_650).default(30),
  RECOUNT_WEBHOOK_HOSTS: z.string().transform(parseWebhookHosts).optional(),
  RECOUNT_LIVE_HOSTS: z.string().transform(liveHostsOf).optional(),
});

const NAMES = [...Object.keys(Settings.shape), ...Object.keys(Access.shape)];

/**
 * Reads the settings. An empty variable counts as absent. Throws `env.invalid` with every problem at once, by
 * the variable's name and never with its value.
 */
export function readEnv(variables: Variables = process.env): Env {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([name, value]) => NAMES.includes(name) && value !== ''),
  );
  const [parsed, access] = [Settings.safeParse(given), Access.safeParse(given)];
  if (!parsed.success || !access.success) {
    const issues = [...(parsed.error?.issues ?? []), ...(access.error?.issues ?? [])];
    const problems = issues.map(({ path: [name], message }) => `${String(name)} ${message}`);
    throw new Failure('env.invalid', problems.join('\n'), {
      fix: `Correct ${problems.length === 1 ? 'it' : 'them'} and start again; docs/running.md lists every setting.`,
      details: { variables: issues.map(({ path: [name] }) => String(name)) },
    });
  }
  const at = parsed.data;
  return {
    dataDir: at.RECOUNT_DATA_DIR,
    port: at.PORT,
    databaseUrl: at.DATABASE_URL ?? null,
    sampleDatabaseUrl: at.RECOUNT_SAMPLE_DATABASE_URL ?? null,
    archiveRoots: at.RECOUNT_ARCHIVE_ROOTS ?? [{ name: 'samples', path: path.resolve('samples') }],
    memoryLimit: at.RECOUNT_MEMORY_LIMIT,
    threads: at.RECOUNT_THREADS,
    maxUploadBytes: at.RECOUNT_MAX_UPLOAD_BYTES,
    secretKeyFile: at.RECOUNT_SECRET_KEY_FILE ?? path.join(at.RECOUNT_DATA_DIR, 'secret.key'),
    secretKey:
      at.RECOUNT_SECRET_KEY === undefined
        ? null
        : { current: at.RECOUNT_SECRET_KEY, next: at.RECOUNT_SECRET_KEY_NEXT ?? null },
    log: at.RECOUNT_LOG,
    keepStagedDays: at.RECOUNT_KEEP_STAGED_DAYS,
    webhookHosts: at.RECOUNT_WEBHOOK_HOSTS ?? [],
    liveHosts: at.RECOUNT_LIVE_HOSTS ?? [],
    ...accessSettings(access.data),
  };
}

const OF_TESTS = /^RECOUNT_(?:TEST_|ORACLE_|E2E(?:_TOKEN)?$|BROWSER$)/;

/** Variables that look like settings of Recount and are none, in words; a mistyped name would else count as absent. */
export function unknownSettings(variables: Variables = process.env): string[] {
  const unknown = Object.keys(variables).filter(
    (name) => /^RECOUNT_/i.test(name) && !OF_TESTS.test(name) && !NAMES.includes(name),
  );
  return unknown.sort().map((name) => {
    const near = nearest(name.toUpperCase(), NAMES);
    return `${name} is no setting of Recount and has no effect${near === null ? '.' : `; did you mean ${near}?`}`;
  });
}

let origin: string | null | undefined;

/** The https origin that people open Recount at, read once; null: this machine only. */
export function ownOrigin(): string | null {
  if (origin === undefined) origin = readEnv().origin;
  return origin;
}

/** One variable of the environment, for the `${NAME}` of a plan. Undefined where it is not set. */
export const readVariable = (name: string): string | undefined => process.env[name];

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=?$/.test(text) && Buffer.from(text, 'base64').length === 32;
}

function isPostgresUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ['postgres:', 'postgresql:'].includes(url.protocol) && url.pathname.length > 1;
}

function parseWebhookHosts(text: string, context: z.RefinementCtx<string>): readonly WebhookHost[] {
  const { hosts, wrong } = parseHosts(text);
  if (wrong.length > 0)
    context.addIssue('must be hosts like hooks.slack.com,10.0.0.5:8080: no scheme, no path, no *');
  return hosts;
}

function liveHostsOf(text: string, context: z.RefinementCtx<string>): readonly LiveHost[] {
  const { hosts, wrong } = parseLiveHosts(text);
  if (wrong.length > 0)
    context.addIssue('must be hosts and networks like db.example.org,10.0.0.5:6432,10.1.0.0/16');
  return hosts;
}

function parseRoots(text: string, context: z.RefinementCtx<string>): ArchiveRoot[] {
  const roots: ArchiveRoot[] = [];
  for (const [index, part] of text.split(',').entries()) {
    const [name = '', ...rest] = part.trim().split('=');
    const at = path.resolve(rest.join('='));
    const problem = problemOfRoot(name, rest.join('='), at, roots);
    if (problem === null) roots.push({ name, path: at });
    else context.addIssue(`has a problem in entry ${index + 1}: ${problem}`);
  }
  return roots;
}

function problemOfRoot(
  name: string,
  written: string,
  at: string,
  before: readonly ArchiveRoot[],
): string | null {
  if (!ROOT_NAME.test(name) || written === '') return 'write name=path, the name of letters, digits, - and _';
  if (before.some((root) => root.name === name)) return 'its name stands twice';
  return statSync(at, { throwIfNoEntry: false })?.isDirectory() ? null : 'its path is not a folder';
}

/** Half of what this process may use: PostgreSQL, the pages and the page cache need the rest. */
function defaultMemory(): string {
  const allowed = process.constrainedMemory();
  const bytes = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  return `${Math.max(512, Math.floor(bytes / 2 / 1024 ** 2))}MB`;
}
