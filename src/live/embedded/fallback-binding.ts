/** The older bindings that run where the installed one asks for a newer glibc (2.39), by `platform-arch`. */
export interface FallbackBinding {
  readonly name: string;
  readonly version: string;
  /** Of the package's tarball, as the registry states it; npm checks it. */
  readonly integrity: string;
  /** Megabytes to download, and on disk. */
  readonly packedMb: number;
  readonly unpackedMb: number;
}

/** Both need glibc 2.34. The one for arm64 was checked by its symbol versions, not run. */
export const FALLBACK_BINDINGS: Readonly<Record<string, FallbackBinding>> = {
  'linux-x64': {
    name: 'chromadb-js-bindings-linux-x64-gnu',
    version: '1.0.5',
    integrity:
      'sha512-bIigJ+gyNZz8p3wr/zcJZTlKL7p2TVEyT7EfW9lWpdvkajPke8Q+b87aDJaPs6NuGxLcXxPHMRpS3zHWplZbdw==',
    packedMb: 110,
    unpackedMb: 435,
  },
  'linux-arm64': {
    name: 'chromadb-js-bindings-linux-arm64-gnu',
    version: '1.0.1',
    integrity:
      'sha512-M6i5UMMrQWao70Ic3R/QI8IJpvoFfysaLwQ5LDvs77M3TITguImLUk8nRmC+8Vt9e97zIMg2llHMy87gzTUvJA==',
    packedMb: 108,
    unpackedMb: 443,
  },
};

export const FALLBACK_GLIBC = '2.34';
