/** X.509 certificates for tests, written in DER by hand: they need no program, and can have expired. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly name: string;
  /** DNS names; those of digits and dots are addresses. */
  readonly hosts?: readonly string[];
  /** Undefined: self-signed. */
  readonly issuer?: Certificate & { readonly privateKey: KeyObject };
  readonly authority?: boolean;
  readonly expired?: boolean;
}

const DAY = 24 * 3600 * 1000;

export function certificate(options: CertificateOptions): Certificate & { readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { name, hosts = [], issuer, authority = false, expired = false } = options;
  const until = Date.now() + (expired ? -1 : 30) * DAY;
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)); // ecdsa-with-SHA256
  const extensions = [
    extension(oid(0x55, 0x1d, 0x13), sequence(...(authority ? [tag(0x01, Buffer.of(0xff))] : []))),
    ...(hosts.length === 0 ? [] : [extension(oid(0x55, 0x1d, 0x11), sequence(...hosts.map(alternative)))]),
  ];
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.of(2))), // version 3
    tag(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    commonName(issuer?.name ?? name),
    sequence(time(until - 60 * DAY), time(until)),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const der = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    name,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
  };
}

function tag(type: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(type, ...size), content]);
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(items));
}

function oid(...bytes: readonly number[]): Buffer {
  return tag(0x06, Buffer.from(bytes));
}

function commonName(name: string): Buffer {
  return sequence(tag(0x31, sequence(oid(0x55, 0x04, 0x03), tag(0x0c, Buffer.from(name)))));
}

/** `YYMMDDHHMMSSZ`. */
function time(ms: number): Buffer {
  return tag(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, tag(0x04, value));
}

function alternative(host: string): Buffer {
  const address = /^\d+(?:\.\d+){3}$/.test(host);
  return address ? tag(0x87, Buffer.from(host.split('.').map(Number))) : tag(0x82, Buffer.from(host));
}
