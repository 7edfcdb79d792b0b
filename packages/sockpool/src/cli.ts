#!/usr/bin/env node
import { keepCompiled } from './cli/compile-cache.ts';

// Before anything else is loaded.
keepCompiled();
const { main } = await import('./cli/main.ts');
process.exitCode = await main(process.argv.slice(2));
