//! `named!`: the forgeries of a circuit that have a name, each a test too.

#[cfg(test)]
use alloc::{format, string::String, vec::Vec};

#[cfg(test)]
use crate::stark::mutation::Forgery;

/// Makes the list `FORGERIES` of a circuit: for each name how it is made, the one constraint that it
/// breaks, and what the oracle says of it.
///
/// Each is a test: it breaks its constraint and no other, says what the oracle calls false, is accepted
/// without the constraint, and rejected with it.
macro_rules! named {
    ($circuit:ty: $( $name:ident = $forge:expr, $constraint:literal, $refused:literal; )*) => {
        /// The forgeries, sentence by sentence of the statement.
        pub(super) const FORGERIES: &[$crate::stark::mutation::Forgery] = &[
            $( $crate::stark::mutation::Forgery {
                name: stringify!($name),
                constraint: $constraint,
                refused: Some($refused),
                forge: $forge,
            }, )*
        ];

        #[cfg(test)]
        mod tests {
            use super::*;

            /// The table in the circuit's documentation is the list, constraint by constraint.
            #[test]
            fn table_names_every_forgery_with_its_constraint() {
                let documented = include_str!("../mod.rs");
                assert_eq!(
                    $crate::circuit::forging::table_of(documented),
                    $crate::circuit::forging::names_of(FORGERIES),
                );
            }

            $(
                #[test]
                fn $name() {
                    let mut all = FORGERIES.iter();
                    let forgery = all.find(|forgery| forgery.name == stringify!($name)).unwrap();
                    $crate::stark::mutation::check_forgery::<$circuit>(forgery).unwrap();
                }
            )*
        }
    };
}

pub(in crate::circuit) use named;

/// Returns the forgeries that the table of a circuit's documentation names, each with its constraint.
#[cfg(test)]
pub(in crate::circuit) fn table_of(documented: &str) -> Vec<String> {
    let rows = documented.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! |")?.split('|').map(str::trim);
        let constraint = cells.nth(1)?.strip_prefix("`assert_")?.strip_suffix('`')?;
        let name = cells.nth(1)?.strip_prefix('`')?.strip_suffix('`')?;
        Some(format!("rejects_{name} assert_{constraint}"))
    });
    rows.collect()
}

/// Returns the names of forgeries, each with its constraint.
#[cfg(test)]
pub(in crate::circuit) fn names_of(forgeries: &[Forgery]) -> Vec<String> {
    let names = forgeries.iter();
    names
        .map(|f| format!("{} {}", f.name, f.constraint))
        .collect()
}
