// What the generator makes of zlib.h, as far as typed-ffi's README calls it.
export declare function openZlib(
  path: string,
  options: { readonly unsupported: 'defer' },
): {
  compress(
    dest: Uint8Array,
    destLen: { value: bigint },
    source: Uint8Array,
    sourceLen: number,
  ): number;
};
