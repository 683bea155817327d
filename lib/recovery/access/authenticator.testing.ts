import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

// A device that holds a passkey, as WebAuthn level 2 has it: P-256, attestation "none".

const PRESENT = 0x01;
const VERIFIED = 0x04;
const WITH_KEY = 0x40;

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();
const base64url = (data: Buffer): string => data.toString('base64url');
const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

export type Authenticator = ReturnType<typeof openAuthenticator>;

/** `asks` of its answers: whether it asks for a PIN, a fingerprint or a face before it gives one. */
export function openAuthenticator(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  const rpIdHash = sha256(new URL(origin).hostname);
  let counter = 0;
  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const data = (asks: boolean, more = Buffer.alloc(0)): Buffer => {
    const flags = PRESENT | (asks ? VERIFIED : 0) | (more.length > 0 ? WITH_KEY : 0);
    return Buffer.concat([rpIdHash, Buffer.of(flags), uint(++counter, 4), more]);
  };
  const credential = {
    id: base64url(id),
    rawId: base64url(id),
    type: 'public-key' as const,
    clientExtensionResults: {},
  };
  return {
    /** What `navigator.credentials.create` gives, as JSON. */
    create(challenge: string, { asks }: { readonly asks: boolean }) {
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
      // COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
      const cose = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ]);
      const authData = data(asks, Buffer.concat([Buffer.alloc(16), uint(id.length, 2), id, cose]));
      // CBOR: {fmt: "none", attStmt: {}, authData}
      const attestation = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
        uint(authData.length, 1),
        authData,
      ]);
      const clientDataJSON = base64url(clientData('webauthn.create', challenge));
      return {
        ...credential,
        response: { clientDataJSON, attestationObject: base64url(attestation), transports: ['usb'] },
      };
    },
    /** What `navigator.credentials.get` gives. */
    get(challenge: string, { asks }: { readonly asks: boolean }) {
      const client = clientData('webauthn.get', challenge);
      const authenticatorData = data(asks);
      const signed = createSign('sha256').update(Buffer.concat([authenticatorData, sha256(client)]));
      return {
        ...credential,
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(authenticatorData),
          signature: base64url(signed.sign(privateKey)),
        },
      };
    },
  };
}
