//! `Rows`: a trace while it is made, row by row.

use alloc::vec::Vec;

use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::meddle::{Draft, Meddle};
use super::permutation::{self, Permutation, permutation_trace};
use crate::hash::{Val, WIDTH, permute};

/// The columns beside the permutation as values of a trace.
pub trait TraceCells: Clone + Default {
    /// How many there are.
    const WIDTH: usize;

    /// Writes them to `row`, which is as wide.
    fn write(&self, row: &mut [Val]);

    /// Sets the selector of the kind at `place` among all kinds, and no other.
    fn select(&mut self, place: usize);

    /// Returns a cell by its place among them.
    #[cfg(any(test, feature = "hazmat"))]
    fn cell(&mut self, place: usize) -> &mut Val;

    /// Returns where the selector of a kind is among the cells.
    #[cfg(any(test, feature = "hazmat"))]
    fn kind_column(place: usize) -> usize {
        let mut cells = Self::default();
        cells.select(place);
        let mut columns = alloc::vec![Val::ZERO; Self::WIDTH];
        cells.write(&mut columns);
        let selector = columns.iter().position(|&cell| cell == Val::ONE);
        selector.expect("a selector for each kind")
    }
}

/// A run of rows, and the cells as the next row will have them.
#[derive(Debug)]
pub struct Rows<C, M> {
    inputs: Vec<[Val; WIDTH]>,
    side: Vec<Val>,
    /// Rows whose columns are not those of a permutation.
    broken: Vec<(usize, [Val; permutation::COLUMNS])>,
    /// The cells of the next row.
    pub cells: C,
    /// Who meddles with each row.
    pub meddler: M,
}

impl<C: TraceCells, M: Meddle<C>> Rows<C, M> {
    /// Returns no rows yet.
    pub const fn new(cells: C, meddler: M) -> Self {
        Self {
            inputs: Vec::new(),
            side: Vec::new(),
            broken: Vec::new(),
            cells,
            meddler,
        }
    }

    /// Adds a row of the kind at `place` among all kinds with the permutation of `input`, and returns
    /// its output.
    pub fn push_kind(&mut self, kind: usize, input: &mut [Val; WIDTH]) -> [Val; WIDTH] {
        self.cells.select(kind);
        let mut draft = Draft {
            kind,
            input,
            cells: &mut self.cells,
            written: None,
            permutation: None,
        };
        self.meddler.meddle(&mut draft);
        let Draft {
            written,
            permutation,
            ..
        } = draft;
        let row = self.side.len();
        self.side.resize(row + C::WIDTH, Val::ZERO);
        let written = written.as_ref().unwrap_or(&self.cells);
        written.write(&mut self.side[row..]);
        self.inputs.push(*input);
        if let Some(columns) = permutation {
            self.broken.push((self.inputs.len() - 1, columns));
            return *Permutation::new(&columns).output;
        }
        let mut output = *input;
        permute(&mut output);
        output
    }
}

/// Puts runs of rows one after the other, and padding behind them: what the last row leaves. The trace
/// has room for an extension by 2^`log_blowup`.
pub fn assemble<C: TraceCells, M>(rows: &[Rows<C, M>], log_blowup: usize) -> RowMajorMatrix<Val> {
    let width = permutation::COLUMNS + C::WIDTH;
    let used: usize = rows.iter().map(|rows| rows.inputs.len()).sum();
    let height = used.next_power_of_two();
    let mut inputs: Vec<_> = rows
        .iter()
        .flat_map(|rows| rows.inputs.iter().copied())
        .collect();
    inputs.resize(height, [Val::ZERO; WIDTH]);
    let permutations = permutation_trace(inputs);

    let mut values = Vec::with_capacity((height * width) << log_blowup);
    values.resize(height * width, Val::ZERO);
    let mut padding = alloc::vec![Val::ZERO; C::WIDTH];
    if let Some(last) = rows.last() {
        let mut cells = last.cells.clone();
        cells.select(usize::MAX);
        cells.write(&mut padding);
    }
    let side = rows.iter().flat_map(|rows| rows.side.chunks(C::WIDTH));
    let side = side.chain(core::iter::repeat(padding.as_slice()));
    let permuted = permutations.values.chunks(permutation::COLUMNS);
    for ((row, permutation), side) in values.chunks_mut(width).zip(permuted).zip(side) {
        let (head, tail) = row.split_at_mut(permutation::COLUMNS);
        head.copy_from_slice(permutation);
        tail.copy_from_slice(side);
    }
    let mut start = 0;
    for rows in rows {
        for (row, columns) in &rows.broken {
            let place = (start + row) * width;
            values[place..place + permutation::COLUMNS].copy_from_slice(columns);
        }
        start += rows.inputs.len();
    }
    RowMajorMatrix::new(values, width)
}
