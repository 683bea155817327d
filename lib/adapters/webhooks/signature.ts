import { createHmac } from 'node:crypto';

/**
 * What a receiver checks: HMAC-SHA256 over `<t>.<body>`, hexadecimal, as `t=<seconds since 1970>,v1=<hmac>`, one `v1` for
 * each secret. The time is within, so that an old message is not played again.
 */
export function signatureOf(secrets: readonly string[], body: string, atSeconds: number): string {
  const signed = secrets.map((secret) => {
    const hmac = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
    return `,v1=${hmac}`;
  });
  return `t=${atSeconds}${signed.join('')}`;
}
