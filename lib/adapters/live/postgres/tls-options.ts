import type { ConnectionOptions } from 'node:tls';
import type { PostgresAddress } from '#lib/adapters/live/postgres/address';

/** How the server of an address is spoken to: false without encryption. */
export function tlsOptions(address: PostgresAddress): false | ConnectionOptions {
  const ca = address.ca === undefined ? {} : { ca: address.ca };
  switch (address.ssl) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true };
  }
}
