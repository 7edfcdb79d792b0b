/** What the suite of behaviours serves, in the name that a bench looks for. */
export { default } from '@sockpool/pool-compliance/handlers/echo-bytes.js';
