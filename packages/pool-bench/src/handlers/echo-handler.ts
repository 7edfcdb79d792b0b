/** What the suite of behaviors serves, in the name that a bench looks for. */
export { default } from '@sockpool/pool-compliance/handlers/echo-bytes.js';
