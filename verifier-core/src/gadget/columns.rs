//! `columns!` and `kinds!`: one list of columns, from which everything that has to agree about them
//! is made.

/// Declares columns, in their order, each with its documentation: `name: cell` is one column,
/// `name: [N]` are N.
///
/// For `pub struct Reader, Cells, Places` this gives
///
/// - `Reader<'a, T>`, references into a row, with `take`: a row of packed values is not copied;
/// - `Cells`, the same columns as values of a trace, with `write`;
/// - `Places`, the range of each column, with `from(start)`;
/// - `Reader::WIDTH`, and `Places::NAMES`, the names with their widths.
macro_rules! columns {
    (
        $(#[$about:meta])*
        $vis:vis struct $Reader:ident, $Cells:ident, $Places:ident {
            $( $(#[$doc:meta])* $name:ident: $shape:tt, )*
        }
    ) => {
        $(#[$about])*
        $vis struct $Reader<'a, T> {
            $( $(#[$doc])* pub $name: columns!(@reference 'a, T, $shape), )*
        }

        impl<T> Clone for $Reader<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $Reader<'_, T> {}

        impl<T: core::fmt::Debug> core::fmt::Debug for $Reader<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($Reader))
                    $( .field(stringify!($name), &self.$name) )*
                    .finish()
            }
        }

        impl $Reader<'_, ()> {
            /// How many columns there are.
            $vis const WIDTH: usize = 0 $( + columns!(@width $shape) )*;
        }

        impl<'a, T> $Reader<'a, T> {
            /// Takes the columns off the front of `row`.
            ///
            /// # Panics
            ///
            /// If the row is narrower.
            $vis fn take(row: &mut &'a [T]) -> Self {
                Self { $( $name: columns!(@take row, $shape), )* }
            }
        }

        #[doc = concat!("The columns of [`", stringify!($Reader), "`] as values of a trace.")]
        #[cfg(feature = "prover")]
        #[derive(Clone, Debug)]
        $vis struct $Cells {
            $( $(#[$doc])* pub $name: columns!(@owned $shape), )*
        }

        #[cfg(feature = "prover")]
        impl Default for $Cells {
            fn default() -> Self {
                Self { $( $name: columns!(@zero $shape), )* }
            }
        }

        #[cfg(feature = "prover")]
        impl $Cells {
            /// Writes the columns to the front of `row`, and leaves what is behind them in it.
            ///
            /// # Panics
            ///
            /// If the row is narrower.
            $vis fn write(&self, row: &mut &mut [$crate::hash::Val]) {
                $( $crate::gadget::columns::put(row, columns!(@slice self.$name, $shape)); )*
            }

            /// Returns the columns one by one, in order.
            #[cfg(any(test, feature = "hazmat"))]
            $vis fn iter_mut(&mut self) -> impl Iterator<Item = &mut $crate::hash::Val> {
                core::iter::empty()
                    $( .chain(columns!(@slice_mut self.$name, $shape).iter_mut()) )*
            }
        }

        #[doc = concat!("Where the columns of [`", stringify!($Reader), "`] are in a row.")]
        #[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
        #[allow(dead_code, reason = "a test takes the places that it needs")]
        #[derive(Clone, Debug)]
        $vis struct $Places {
            $( pub $name: core::ops::Range<usize>, )*
        }

        #[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
        impl $Places {
            /// Names and widths, in order.
            #[cfg(test)]
            #[allow(dead_code, reason = "a test takes the names that it needs")]
            $vis const NAMES: &[(&str, usize)] =
                &[ $( (stringify!($name), columns!(@width $shape)), )* ];

            /// Returns the places where the first column is `start`.
            #[allow(dead_code, reason = "a test takes the places that it needs")]
            $vis const fn from(start: usize) -> Self {
                let rest = start;
                $(
                    let $name = rest..rest + columns!(@width $shape);
                    let rest = $name.end;
                )*
                let _ = rest;
                Self { $( $name, )* }
            }
        }
    };
    (@reference $a:lifetime, $T:ty, cell) => { &$a $T };
    (@reference $a:lifetime, $T:ty, [$n:expr]) => { &$a [$T; $n] };
    (@owned cell) => { $crate::hash::Val };
    (@owned [$n:expr]) => { [$crate::hash::Val; $n] };
    (@zero cell) => { $crate::hash::Val::default() };
    (@zero [$n:expr]) => { [$crate::hash::Val::default(); $n] };
    (@width cell) => { 1 };
    (@width [$n:expr]) => { $n };
    (@take $row:ident, cell) => { &$crate::gadget::row::take::<_, 1>($row)[0] };
    (@take $row:ident, [$n:expr]) => { $crate::gadget::row::take($row) };
    (@slice $cell:expr, cell) => { core::slice::from_ref(&$cell) };
    (@slice $cells:expr, [$n:expr]) => { &$cells };
    (@slice_mut $cell:expr, cell) => { core::slice::from_mut(&mut $cell) };
    (@slice_mut $cells:expr, [$n:expr]) => { &mut $cells };
}

/// Declares the kinds of rows of a gadget or a circuit, in the order of their selectors.
macro_rules! kinds {
    (
        $(#[$about:meta])*
        $vis:vis enum $Kind:ident { $( $(#[$doc:meta])* $name:ident, )* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        $vis enum $Kind { $( $(#[$doc])* $name, )* }

        impl $Kind {
            /// How many kinds there are.
            $vis const COUNT: usize = [$( stringify!($name) ),*].len();
            /// Their names, in order.
            #[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
            $vis const NAMES: [&str; Self::COUNT] = [$( stringify!($name) ),*];

            /// Returns the place of the kind's selector.
            #[expect(
                clippy::as_conversions,
                reason = "the discriminant of a fieldless enum"
            )]
            #[must_use]
            $vis const fn place(self) -> usize {
                self as usize
            }
        }
    };
}

pub(crate) use {columns, kinds};

/// Writes `values` to the front of `row`.
#[cfg(feature = "prover")]
pub fn put(row: &mut &mut [crate::hash::Val], values: &[crate::hash::Val]) {
    let (head, tail) = core::mem::take(row).split_at_mut(values.len());
    head.copy_from_slice(values);
    *row = tail;
}
