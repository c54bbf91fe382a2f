//! temporary
pub const CHAINS: usize = 78;
pub const TARGET_SUM: u32 = 148;
