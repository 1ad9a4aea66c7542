/** What the user can do something about. */

/** An error whose message is for the user; it says what is wrong. */
export class UserError extends Error {}
