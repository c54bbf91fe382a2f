//! The constraints of an operation that follow from others: in every circuit, in one that has a single
//! operation, and in one that lacks some operations.
//!
//! They are kept where they are written once for all circuits, and cost nothing there.

use crate::stark::mutation::Redundant;

/// In every circuit that applies operations.
pub(crate) const OPERATION: &[Redundant] = &[
    Redundant {
        constraint: "assert_flags.3",
        because: "`receiver` is 0 or 1: it stays what it is but for a Start, where it is 0 (flags.6), and a \
                  Balance (constant.25), where it is 1 or, in `state`, what the bit `collects` leaves of 1 \
                  (flags.7, collects.0). The first row is one of these.",
    },
    Redundant {
        constraint: "assert_flags.7",
        because: "In a Balance somebody receives: no row but NewPath lets a Balance follow, and there \
                  done.0 asks that it is the receiver's or, in `state`, the collector's. In `state` the \
                  first row may be a Balance, and is the collector's (first_row.0).",
    },
    Redundant {
        constraint: "assert_accounts_path.55",
        because: "`turns`, the change of `high`, is 0 or 1: `high` is a bit (flags.4), so otherwise it is −1. \
                  Then the count is 15 (path.58), the next row is of the lower half again, and the one \
                  before of the upper. `high` starts at 0 (new.72) with a count of 0 (new.69), the count \
                  goes up by one a level (path.54), and `high` went up where it was 15 (path.58): the \
                  count has been 15 twice.",
    },
];

/// Where the trace is one operation.
pub(crate) const ALONE: &[Redundant] = &[Redundant {
    constraint: "assert_flags.0-2",
    because: "One of the kinds of operations is 0 or 1 if the other two are. `register` is what the circuit \
              says in row 0 (ends_of_trace.1), where the three are 1 in sum (flags.5); they stay, as Start \
              comes only there (constant.0 to .2). In `transaction` the others are then 1 in sum. In \
              `identity` they are 0 in sum, and where they are not 0 one is −1: an Amount row would \
              follow Nonce with a selector of −1 (fields.14), or an Op2 row Op1 (hash.33), and selectors \
              are bits.",
}];

/// Where there is no registration: `register` is 0 in row 0 (ends_of_trace.1), and stays.
pub(crate) const NO_REGISTRATION: &[Redundant] = &[
    Redundant {
        constraint: "assert_fields.0-9",
        because: REGISTERS,
    },
    Redundant {
        constraint: "assert_signer.10-25",
        because: REGISTERS,
    },
    Redundant {
        constraint: "assert_new.23-26",
        because: REGISTERS,
    },
];

const REGISTERS: &str = "About registrations, which this circuit does not have: `register` is 0 in the first \
     row (ends_of_trace.1), and stays (constant.1).";

/// Where there is nothing but a registration: `transfer` and `rekey` are 0.
pub(crate) const NO_TRANSFER: &[Redundant] = &[
    Redundant {
        constraint: "assert_digits.44-47",
        because: AMOUNT,
    },
    Redundant {
        constraint: "assert_fields.10-11",
        because: AMOUNT,
    },
    Redundant {
        constraint: "assert_fields.14",
        because: "Without it an Amount row may follow Nonce, whose permutation and `state` nothing else \
                  reads: it asks more of the key id, and allows nothing.",
    },
    Redundant {
        constraint: "assert_fields.16-17",
        because: BALANCE,
    },
    Redundant {
        constraint: "assert_hash.35-51",
        because: "There is no Op2 row, and no change of key: `rekey` is 0, and after Op1 comes an Op2 only if \
                  it is 1 (hash.33).",
    },
    Redundant {
        constraint: "assert_signer.1",
        because: "After Key1 comes New0, since `register` is 1 (signer.0), and a row is of one kind.",
    },
    Redundant {
        constraint: "assert_old.0-59",
        because: OLD,
    },
    Redundant {
        constraint: "assert_balance.0-10",
        because: OLD,
    },
    Redundant {
        constraint: "assert_new.20",
        because: "It asks that the high limb of the nonce is not full where the low one carries. That limb is \
                  4·quint + quad, at most 19 (new.25).",
    },
    Redundant {
        constraint: "assert_new.21-22",
        because: "About changes of key, which this circuit does not have: `rekey` is 0.",
    },
    Redundant {
        constraint: "assert_done.2",
        because: "About transfers, which this circuit does not have: `transfer` is 0.",
    },
];

/// Where there is nothing but a registration, what the key id of somebody's key would have to look like.
pub(crate) const OF_KEY_IDS: &[Redundant] = &[
    Redundant {
        constraint: "assert_flags.5",
        because: "`register` is 1 (ends_of_trace.1), so the other two kinds are 0 if their sum is. They are \
                  bits (flags.0, .2). A `rekey` of 1 asks that the next nonce is both the key offset \
                  (new.21, .22) and 0 less (new.23, .24), so that it is 0, while it is one more than a \
                  nonce of at most 20·2^16 (new.16, .17, .25). A `transfer` of 1 asks that elements 0 to 7 \
                  of the key id are limbs, the last two those of the nonce (fields.10, .11, digits.44 to \
                  .47), for which nobody finds a key: that is more than 2^110 tries.",
    },
    Redundant {
        constraint: "assert_done.1",
        because: "Without it a registration could credit the account that its key id names as a second block \
                  of a transfer would: the first six elements would have to be limbs, which takes 2^90 \
                  keys. The forgery is made in `transaction` and `state`, by a change of key, whose key id \
                  is free.",
    },
];

const AMOUNT: &str =
    "There is no Amount row: only Nonce lets one follow, in a transfer (fields.14).";
const BALANCE: &str = "There is no Balance row: it would be that of somebody who receives (flags.7), and only \
     the payer's NewPath lets one follow, in a transfer (done.1).";
const OLD: &str = "There is no Old0 or Old1 row: after Key1 comes New0 (signer.0), and there is no Balance row \
     (done.1) before another one.";
