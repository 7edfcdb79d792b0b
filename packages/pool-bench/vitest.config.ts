// @boundaries-ignore: the settings of tests are the repository's
export { default } from '../../vitest.base.ts';
