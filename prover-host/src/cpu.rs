//! Whether this processor has what the program was built for.
//!
//! Native builds use every instruction of the machine that they are built on. Elsewhere such a
//! program ends at the first one that is missing, without a word; so this comes first.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__cpuid_count, CpuidResult};

/// Returns the features that the build takes for granted and this processor lacks.
#[cfg(target_arch = "x86_64")]
pub(crate) fn lacking() -> Vec<&'static str> {
    lacking_of(__cpuid_count)
}

/// Returns nothing: on other architectures the builds for this machine differ little.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) const fn lacking() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(target_arch = "x86_64")]
fn lacking_of(cpuid: impl Fn(u32, u32) -> CpuidResult) -> Vec<&'static str> {
    // Beyond its highest leaf a processor answers something else.
    let highest = |leaf: u32| cpuid(leaf & EXTENDED, 0).eax;
    let has = |feature: &Feature| {
        let answer = cpuid(feature.leaf, feature.sub_leaf);
        feature.leaf <= highest(feature.leaf) && (feature.register)(&answer) >> feature.bit & 1 == 1
    };
    let features = FEATURES.iter().filter(|feature| feature.is_built_in);
    features.filter(|f| !has(f)).map(|f| f.name).collect()
}

/// A feature, and where a processor says that it has it (Intel SDM, volume 2, CPUID; AMD APM,
/// volume 3, appendix E).
#[cfg(target_arch = "x86_64")]
struct Feature {
    name: &'static str,
    is_built_in: bool,
    leaf: u32,
    sub_leaf: u32,
    register: fn(&CpuidResult) -> u32,
    bit: u32,
}

#[cfg(target_arch = "x86_64")]
macro_rules! features {
    ($($name:literal at $leaf:literal, $sub_leaf:literal, $register:ident, $bit:literal;)*) => {
        &[$(Feature {
            name: $name,
            is_built_in: cfg!(target_feature = $name),
            leaf: $leaf,
            sub_leaf: $sub_leaf,
            register: |answer| answer.$register,
            bit: $bit,
        }),*]
    };
}

#[cfg(target_arch = "x86_64")]
const FEATURES: &[Feature] = features! {
    "sse3" at 1, 0, ecx, 0;
    "pclmulqdq" at 1, 0, ecx, 1;
    "ssse3" at 1, 0, ecx, 9;
    "fma" at 1, 0, ecx, 12;
    "sse4.1" at 1, 0, ecx, 19;
    "sse4.2" at 1, 0, ecx, 20;
    "movbe" at 1, 0, ecx, 22;
    "popcnt" at 1, 0, ecx, 23;
    "aes" at 1, 0, ecx, 25;
    "avx" at 1, 0, ecx, 28;
    "f16c" at 1, 0, ecx, 29;
    "bmi1" at 7, 0, ebx, 3;
    "avx2" at 7, 0, ebx, 5;
    "bmi2" at 7, 0, ebx, 8;
    "avx512f" at 7, 0, ebx, 16;
    "avx512dq" at 7, 0, ebx, 17;
    "adx" at 7, 0, ebx, 19;
    "avx512ifma" at 7, 0, ebx, 21;
    "avx512cd" at 7, 0, ebx, 28;
    "sha" at 7, 0, ebx, 29;
    "avx512bw" at 7, 0, ebx, 30;
    "avx512vl" at 7, 0, ebx, 31;
    "avx512vbmi" at 7, 0, ecx, 1;
    "avx512vbmi2" at 7, 0, ecx, 6;
    "gfni" at 7, 0, ecx, 8;
    "vaes" at 7, 0, ecx, 9;
    "vpclmulqdq" at 7, 0, ecx, 10;
    "avx512vnni" at 7, 0, ecx, 11;
    "avx512bitalg" at 7, 0, ecx, 12;
    "avx512vpopcntdq" at 7, 0, ecx, 14;
    "avx512vp2intersect" at 7, 0, edx, 8;
    "avxvnni" at 7, 1, eax, 4;
    "avx512bf16" at 7, 1, eax, 5;
    "lzcnt" at 0x8000_0001, 0, ecx, 5;
    "sse4a" at 0x8000_0001, 0, ecx, 6;
};

/// The bit of a leaf that tells the two ranges apart.
#[cfg(target_arch = "x86_64")]
const EXTENDED: u32 = 0x8000_0000;

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    const fn every(register: u32) -> CpuidResult {
        CpuidResult {
            eax: register,
            ebx: register,
            ecx: register,
            edx: register,
        }
    }

    #[test]
    fn the_processor_that_runs_the_tests_lacks_nothing() {
        assert_eq!(lacking(), [""; 0]);
        assert_eq!(lacking_of(|_, _| every(u32::MAX)), [""; 0]);
    }

    #[test]
    fn names_what_the_build_takes_for_granted_and_another_processor_lacks() {
        let built_in: Vec<_> = FEATURES.iter().filter(|f| f.is_built_in).collect();
        let names: Vec<_> = built_in.iter().map(|f| f.name).collect();
        assert_eq!(lacking_of(|_, _| every(0)), names);
        // An old one repeats its highest leaf: what it says there is not about later features.
        let old = |leaf, _| {
            every(if leaf & !EXTENDED == 0 {
                leaf + 1
            } else {
                u32::MAX
            })
        };
        let later = built_in.iter().filter(|f| f.leaf == 7).map(|f| f.name);
        assert_eq!(lacking_of(old), later.collect::<Vec<_>>());
    }
}
