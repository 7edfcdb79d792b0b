// Copies the C sources beside dist/, so that an installed package can compile them
// where there is no prebuilt library.
import { cpSync, mkdirSync } from 'node:fs';

const native = new URL('../../../native/', import.meta.url);
const target = new URL('../c/', import.meta.url);

mkdirSync(target, { recursive: true });
cpSync(new URL('src/ctest.c', native), new URL('ctest.c', target));
cpSync(new URL('include/ctest.h', native), new URL('ctest.h', target));
