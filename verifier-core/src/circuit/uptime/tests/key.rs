//! The constants of the verifying key are those of the AIR that runs.

use crate::circuit::trial::assert_key;
use crate::circuit::uptime::Uptime;

#[test]
fn constants_are_those_of_the_air() {
    assert_key::<Uptime>(7, 216);
}
