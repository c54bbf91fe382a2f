// What the page knows, as plain data: each event of the client leads from one state to the next.

/** Returns the state of a client that has started and has seen nothing. */
export function initial() {
  return {
    head: undefined,
    fault: undefined,
    status: undefined,
    /** What this client has fetched, and what those before it had. */
    spent: NOTHING,
    spentBefore: NOTHING,
    route: [],
    log: [],
    tamper: { step: "idle" },
  };
}

/** Returns the state after `event`, which happened at `nowMs`. */
export function next(state, event, nowMs) {
  const handler = HANDLERS[event.type];
  const before = leavesHead(event) ? { ...state, head: undefined } : state;
  return handler ? handler(before, event, nowMs) : before;
}

/** Returns whether the client has gone back behind its head: a setup has revoked it, or another tab knows of something newer. */
const leavesHead = ({ type, error }) => type === "overtaken" || error?.code === "state-circuit-revoked";

/** Returns the word for where the client stands: the first that holds. */
export function condition({ head, fault }) {
  if (fault) return fault.kind;
  if (!head) return "starting";
  return isStale(head) ? "stale" : "proven";
}

/** Returns what a verdict is to people: a block on the way is a head like others, unless it ends its epoch. */
export const kindOf = ({ step, endsEpoch }) => (step === "hop" && !endsEpoch ? "head" : step);

/** Returns whether there is a head that is out of date, by the page's own clock: a worker that hangs says nothing. */
export const isStale = (head) => head?.freshness === "stale";

/** Returns the state with a line about `event`. */
function noted(state, { type: kind, error, height }, nowMs) {
  return { ...state, log: logged(state, { kind, error, height, nowMs }) };
}

/** Returns the state in which `event` is what is wrong. */
function failed(state, event, nowMs) {
  const { type: kind, error, retryInMs = 0 } = event;
  return { ...noted(state, event, nowMs), fault: { kind, error, retryAtMs: nowMs + retryInMs } };
}

const HANDLERS = {
  verified(state, { verdict }, nowMs) {
    const step = kindOf(verdict);
    return {
      ...state,
      head: verdict,
      spent: newer(state.spent, verdict.spent),
      // What was stored says nothing about the host.
      fault: step === "stored" ? state.fault : undefined,
      route: extended(state, verdict),
      log: logged(state, { kind: step, verdict, nowMs }),
      tamper: recovered(state.tamper, verdict),
    };
  },

  refused(state, event, nowMs) {
    const { tamper } = state;
    const refused = { ...tamper, step: "refused", error: event.error };
    return { ...failed(state, event, nowMs), tamper: tamper.step === "flipped" ? refused : tamper };
  },

  unreachable(state, event, nowMs) {
    // A setup out of date is no absence: its signers are late, or a clock is wrong.
    const type = event.error.name === "SetupError" ? "late" : "away";
    const after = failed(state, { ...event, type }, nowMs);
    // One line for one absence, however often the host is asked in it.
    return state.fault?.kind === type ? { ...after, log: state.log } : after;
  },

  crashed(state, event, nowMs) {
    // The worker that was told to lie is gone.
    const tamper = state.tamper.step === "armed" ? { step: "idle" } : state.tamper;
    return { ...failed(state, event, nowMs), tamper };
  },

  stopped: failed,
  "stored-state-refused": noted,
  unsaved: noted,

  stale(state, { type }, nowMs) {
    return noted(state, { type, height: state.head?.statement.height }, nowMs);
  },

  /** `status()` as it is asked for while the page is open. */
  status(state, { status }, nowMs) {
    const spent = newer(state.spent, status.spent);
    return { ...state, status, spent, fault: outlived(state.fault, status, nowMs) };
  },

  /** Another client goes on in place of the one before. */
  restarted(state) {
    const { fault, spent, spentBefore } = state;
    return {
      ...state,
      fault: fault && { ...fault, requests: undefined },
      spent: NOTHING,
      spentBefore: { bytes: spentBefore.bytes + spent.bytes, requests: spentBefore.requests + spent.requests },
    };
  },

  armed(state) {
    return { ...state, tamper: { step: "armed" } };
  },

  flipped(state, { height, at, length }) {
    return { ...state, tamper: { step: "flipped", height, at, length } };
  },
};

/** A fault that the host has answered since is over, though a host that stands still proves nothing. */
function outlived(fault, { spent: { requests } }, nowMs) {
  if (fault === undefined) return undefined;
  const seen = fault.requests ?? requests;
  // What was refused is only forgotten when there was time for the same lie to come again.
  const settledMs = fault.kind === "refused" ? LIE_MS : SETTLED_MS;
  const over = requests > seen && nowMs > fault.retryAtMs + settledMs;
  return over ? undefined : { ...fault, requests: seen };
}

/**
 * The epoch ends on the way, by spans or one by one, and the head; a head within an epoch gives way to the next, though not the
 * spans that led there. What was stored stays: nothing here shows how it was reached.
 */
function extended({ route }, verdict) {
  const last = route.at(-1);
  const passing = last && last.step !== "stored" && !last.endsEpoch;
  const spans = (verdict.spans ?? []).map((span) => ({ ...span, step: "span" }));
  return [...(passing ? route.slice(0, -1) : route), ...spans, verdict];
}

const newer = (one, other) => (one.requests > other.requests ? one : other);

function recovered(tamper, verdict) {
  return tamper.step === "refused" ? { ...tamper, step: "recovered", verdict } : tamper;
}

function logged({ log }, entry) {
  return [{ ...entry, id: (log[0]?.id ?? 0) + 1 }, ...log].slice(0, MAX_LOG);
}

const NOTHING = { bytes: 0n, requests: 0 };
const MAX_LOG = 8;
const SETTLED_MS = 2_000;
const LIE_MS = 15_000;
