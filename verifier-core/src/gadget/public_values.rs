//! `public_values!`: one list of the public values of a circuit, which its statement writes and its
//! AIR reads.

/// Declares public values, in their order, each with its documentation: `name: [N]` are N elements.
///
/// For `pub struct Public` this gives `Public<T>` with a field per entry, `Public::COUNT`, `read` and
/// `into_vec`: what one writes, the other reads.
macro_rules! public_values {
    (
        $(#[$about:meta])*
        $vis:vis struct $Public:ident {
            $( $(#[$doc:meta])* $name:ident: [$n:literal], )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        $vis struct $Public<T> {
            $( $(#[$doc])* pub $name: [T; $n], )*
        }

        impl $Public<()> {
            /// How many elements there are.
            $vis const COUNT: usize = 0 $( + $n )*;
            /// The name of each, and how many elements it is.
            $vis const LAYOUT: &'static [(&'static str, usize)] = &[$( (stringify!($name), $n) ),*];
        }

        impl<T> $Public<T> {
            /// Reads the values in their order.
            ///
            /// # Panics
            ///
            /// If there are fewer. The verifier checks how many there are before an AIR reads them.
            $vis fn read<V: Copy + Into<T>>(values: &[V]) -> Self {
                let mut values = values.iter().map(|&value| value.into());
                let mut next = || values.next().expect("the verifier checks how many there are");
                Self { $( $name: core::array::from_fn(|_| next()), )* }
            }

            /// Returns the values in their order.
            $vis fn into_vec(self) -> alloc::vec::Vec<T> {
                let mut values = alloc::vec::Vec::with_capacity($Public::COUNT);
                $( values.extend(self.$name); )*
                values
            }
        }
    };
}

pub(crate) use public_values;
