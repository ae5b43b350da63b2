/** Reads and checks the certificates of a connection, so that what is wrong with a file is said of the file. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TlsFiles } from '../domain/connection.js';
import { IngestError } from '../domain/errors.js';
import type { TlsMaterial } from '../platform/outbound.js';

/** @throws IngestError E412 naming the key of the manifest and the file */
export async function readTlsFiles({ ca_file, cert_file, key_file }: TlsFiles): Promise<TlsMaterial> {
  const ca = await read('ca_file', ca_file);
  const cert = await read('cert_file', cert_file);
  const key = await read('key_file', key_file);
  if (ca !== undefined) certificateIn(ca);
  if (cert !== undefined && key !== undefined) {
    const certificate = certificateIn(cert);
    if (!certificate.checkPrivateKey(privateKeyIn(key))) {
      throw unusable(key, 'is not the key of tls.cert_file');
    }
  }
  return { ca: ca?.text, cert: cert?.text, key: key?.text };
}

interface PemFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

async function read(name: string, path: string | undefined): Promise<PemFile | undefined> {
  if (path === undefined) return undefined;
  try {
    return { name, path, text: await readFile(path, 'latin1') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw unusable({ name, path, text: '' }, `cannot be read: ${code}`);
  }
}

/** The first of the file; the others are judged by the handshake. */
function certificateIn(file: PemFile): X509Certificate {
  try {
    return new X509Certificate(file.text);
  } catch {
    throw unusable(file, 'holds no certificate in PEM');
  }
}

/** What OpenSSL says is no cause to keep: it could quote the file. */
function privateKeyIn(file: PemFile): ReturnType<typeof createPrivateKey> {
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(file.text)) {
    throw unusable(file, 'is encrypted; write it without a passphrase, readable by its owner alone');
  }
  try {
    return createPrivateKey(file.text);
  } catch {
    throw unusable(file, 'holds no private key in PEM');
  }
}

function unusable({ name, path }: PemFile, why: string): IngestError {
  return new IngestError('E412', `tls.${name} ${path} ${why}`, {
    kind: 'input',
    advice: 'The path is relative to the manifest file. Nothing was sent.',
  });
}
