//! The constraints of a signature check that follow from others, each with the proof, in every circuit
//! that has one: by the circuit's own constraints, kinds are one-hot, its first row is none of the
//! signature's, after Key1 comes none but its own row and before Message0 too, and the last row is its end
//! or padding.
//!
//! Each follows from all the others; that two of them could be left out together is not said. They
//! are kept: they make the argument of the signature check shorter, and cost nothing where the same
//! columns are in use anyway.

use crate::stark::mutation::Redundant;

/// In the order of the constraints.
pub(crate) const REDUNDANT: &[Redundant] = &[
    Redundant {
        constraint: "assert_ranges.5",
        because: "`mid` is 0 or 1. Outside of Ends rows `mid + end` and `mid·end` are 0 (ranges.9, \
                  .10), so both are 0. In an Ends row where it is neither, `end` is 0 (ranges.10), \
                  `half` is 0 (elements.1), and the row does not go to Node or a detour, which asks \
                  for `end` 1 (leaf_leaves.2). So a pair follows (leaf_leaves.0), whose `half` is \
                  `mid` (pair_closes.2), neither 0 nor 1. `half` changes only by a flag, and a flag \
                  needs `half` 0 or 1 (elements.1, .4): no flag is set again, the pairs never end, \
                  and the last row is neither the circuit's end nor padding, as its assert_kinds asks.",
    },
    Redundant {
        constraint: "assert_ranges.6",
        because: "`end` is 0 or 1. As for `mid`: where it is neither, `mid` is 0, `half` is 1 \
                  (elements.4), the row does not leave (leaf_leaves.2), and the next `half` is \
                  `1 − end`, neither 0 nor 1.",
    },
    Redundant {
        constraint: "assert_ranges.10",
        because: "`mid·end` is 0: if neither is 0, `weight` is both 2^24 and 2^22 (elements.0, .3).",
    },
    Redundant {
        constraint: "assert_leaf.16",
        because: "After Leaf comes Chain or Ends. Digit bits are bits (ranges.0 to .3), so exactly \
                  one of `1 − e`, `e·(1 − o)`, `e·o` is 1, where `e` and `o` say that a digit of \
                  the next row is 3; pair_starts.12, .19 and .22 then ask for Chain, Chain and Ends.",
    },
    Redundant {
        constraint: "assert_leaf.21",
        because: "`half` starts at 0: it is carried to the first flag (chain.21, pair_closes.2), \
                  which is a `mid` in pair 6, the one schedule that weights allow \
                  (`flags_have_one_schedule`), and a `mid` needs `half` 0 (elements.1).",
    },
    Redundant {
        constraint: "assert_chain.0",
        because: "The position of a chain step is below 3. It is at most 3 (ranges.7). At 3 the step \
                  is not the last, `1 − 3·2/2` being −2, so the next row is the next step at \
                  position 4 (chain.44, .46), which ranges.7 forbids; and a Chain row is not the \
                  last one, as the circuit's assert_kinds asks.",
    },
    Redundant {
        constraint: "assert_elements.1",
        because: "`half` is 0 where `mid` is set. Before an Ends row there are only Chain and Ends \
                  rows, back to Leaf: every other kind asks for another next row, padding and the \
                  circuit's end for padding, and the first row is none of the signature's. There `half` is 0 (leaf.21), \
                  and it changes by `mid − end` (pair_closes.2, chain.21). There are 39 pairs \
                  (leaf.17, chain.17, pair_closes.0, leaf_leaves.1), and their weights (leaf.18, \
                  chain.18, pair_closes.3, elements.0, .3) allow one schedule of flags, in which \
                  `mid` is first and they alternate (`flags_have_one_schedule`, which leaves `half` \
                  aside).",
    },
    Redundant {
        constraint: "assert_elements.4",
        because: "`half` is 1 where `end` is set: as for `mid`, in the one schedule each `end` comes \
                  after a `mid`.",
    },
];
