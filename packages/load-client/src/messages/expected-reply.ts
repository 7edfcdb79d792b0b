/**
 * What a right reply is: what the echo servers answer, which is the request in upper case without
 * its trailing white space (`upper`), the request itself (`same`), or any message (`any`).
 */
export type ExpectedReply = 'upper' | 'same' | 'any';

/** Every {@link ExpectedReply}. */
export const EXPECTED_REPLIES: readonly ExpectedReply[] = Object.freeze(['upper', 'same', 'any']);
