import { createHmac } from 'node:crypto';

/**
 * What a receiver checks: HMAC-SHA256 over `<t>.<body>`, hexadecimal, as `t=<seconds since 1970>,v1=<hmac>`. The time is
 * within, so that an old message is not played again.
 */
export function signatureOf(secret: string, body: string, atSeconds: number): string {
  const hmac = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return `t=${atSeconds},v1=${hmac}`;
}
