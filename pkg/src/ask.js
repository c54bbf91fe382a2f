/** The method of a client that asks: it takes the name of a session's method with what that takes, and a signal. */
export const ASK = Symbol("ask");
