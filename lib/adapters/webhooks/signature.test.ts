import { expect, it } from 'vitest';
import { signatureOf } from '#lib/adapters/webhooks/signature';

// made with: printf '%s' '<t>.<body>' | openssl dgst -sha256 -hmac '<secret>'
it.each([
  ['whsec_abc', '{"a":1}', 1700000000, '3b843bacfb18cc5554542fdcc84d815b399c52758e508a6fcecf0a2af4efea2b'],
  ['whsec_abc', '', 0, '72ee6e6d320f3ed4a162fa3d2c68835dd4d6d9d330ebf026659100009c69e2fd'],
  [
    'schlüssel',
    '{"text":"“ä”"}',
    1763800000,
    'e5263c2310c3fe92391e36240329a2c6f322ece5b4f2747ea32faab0ca3d7116',
  ],
])('signs %s', (secret, body, at, hmac) => {
  expect(signatureOf([secret], body, at)).toBe(`t=${at},v1=${hmac}`);
  const other = signatureOf(['other'], body, at).replace(/^t=\d+/, '');
  expect(signatureOf(['other', secret], body, at)).toBe(`t=${at}${other},v1=${hmac}`);
});
