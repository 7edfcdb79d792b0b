export const handler = 'not a default export';
