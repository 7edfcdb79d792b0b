// The headers that the generator is tried on.
import type { LibraryPath } from '../src/index.ts';

/** A header, and the library that it describes. */
export interface RealHeader {
  readonly header: string;
  readonly library: LibraryPath;
  /** Included headers that belong to it. */
  readonly also?: readonly string[];
  readonly includeDirectories?: readonly string[];
  readonly defines?: readonly string[];
}

const C = 'libc.so.6';

/** In the order of the table in docs/native-binding-generator.md. */
export const REAL_HEADERS: readonly RealHeader[] = [
  { header: 'zlib.h', library: 'libz.so.1' },
  { header: 'lz4.h', library: 'liblz4.so.1' },
  { header: 'zstd.h', library: 'libzstd.so.1' },
  { header: 'sqlite3.h', library: 'libsqlite3.so.0' },
  { header: 'sodium.h', library: 'libsodium.so.23', also: ['sodium/*.h'] },
  { header: 'curl/curl.h', library: 'libcurl.so.4', also: ['curl/*.h'] },
  { header: 'openssl/evp.h', library: 'libcrypto.so.3' },
  { header: 'openssl/ssl.h', library: 'libssl.so.3' },
  { header: 'openssl/sha.h', library: 'libcrypto.so.3' },
  { header: 'png.h', library: 'libpng16.so.16' },
  { header: 'uv.h', library: 'libuv.so.1', also: ['uv/*.h'] },
  {
    header: 'libxml/tree.h',
    library: 'libxml2.so.2',
    includeDirectories: ['/usr/include/libxml2'],
  },
  { header: 'git2.h', library: ['libgit2.so.1.5', 'libgit2.so'], also: ['git2/*.h'] },
  { header: 'archive.h', library: 'libarchive.so.13' },
  { header: 'ncurses.h', library: 'libncurses.so.6' },
  {
    header: 'SDL2/SDL.h',
    library: 'libSDL2-2.0.so.0',
    also: ['SDL2/*.h'],
    // Without the processor's own functions, of which clang's answer would not fit in a string.
    defines: ['IMMINTRIN', 'MMINTRIN', 'XMMINTRIN', 'EMMINTRIN', 'PMMINTRIN'].map(
      (name) => `SDL_DISABLE_${name}_H`,
    ),
  },
  { header: 'string.h', library: C },
  { header: 'stdio.h', library: C },
  { header: 'stdlib.h', library: C },
  { header: 'math.h', library: 'libm.so.6', also: ['bits/mathcalls*.h'] },
  { header: 'time.h', library: C },
  { header: 'sys/stat.h', library: C },
  { header: 'pthread.h', library: C },
];
