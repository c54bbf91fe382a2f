//! The constants of the verifying key are those of the AIR that runs.

use crate::circuit::pruning::Pruning;
use crate::circuit::trial::assert_key;

#[test]
fn constants_are_those_of_the_air() {
    assert_key::<Pruning>(7, 293);
}
