//! `Without`: an AIR that lacks one of its constraints.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use p3_air::{Air, AirBuilder, BaseAir};
use p3_uni_stark::prove;

use super::{Forgeable, Forged};
use crate::hash::Val;
use crate::stark::{StarkParameters, VerifyError, VerifyingKey};

/// The AIR of `C` without one of its constraints.
pub(crate) struct Without<C: Forgeable> {
    air: C::Air,
    dropped: Option<usize>,
}

impl<C: Forgeable> Without<C> {
    /// Returns the whole AIR.
    pub(crate) fn nothing() -> Self {
        Self {
            air: C::Air::default(),
            dropped: None,
        }
    }
}

impl<C: Forgeable> BaseAir<Val> for Without<C> {
    fn width(&self) -> usize {
        self.air.width()
    }

    fn main_next_row_columns(&self) -> Vec<usize> {
        self.air.main_next_row_columns()
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        self.air.max_constraint_degree()
    }

    fn num_public_values(&self) -> usize {
        self.air.num_public_values()
    }

    fn periodic_columns(&self) -> Cow<'_, [Vec<Val>]> {
        self.air.periodic_columns()
    }
}

impl<C: Forgeable, AB: AirBuilder<F = Val>> Air<AB> for Without<C> {
    fn eval(&self, builder: &mut AB) {
        let Some(dropped) = self.dropped else {
            return C::eval_phases(&self.air, builder, &mut |_, _| {});
        };
        let mut builder = Dropping {
            inner: builder,
            dropped,
            asserted: 0,
        };
        C::eval_phases(&self.air, &mut builder, &mut |_, _| {});
    }
}

/// A builder that leaves out one constraint.
struct Dropping<'a, AB> {
    inner: &'a mut AB,
    dropped: usize,
    asserted: usize,
}

impl<AB: AirBuilder> AirBuilder for Dropping<'_, AB> {
    type F = AB::F;
    type Expr = AB::Expr;
    type Var = AB::Var;
    type PreprocessedWindow = AB::PreprocessedWindow;
    type MainWindow = AB::MainWindow;
    type PublicVar = AB::PublicVar;
    type PeriodicVar = AB::PeriodicVar;

    fn main(&self) -> Self::MainWindow {
        self.inner.main()
    }

    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        self.inner.preprocessed()
    }

    fn is_first_row(&self) -> Self::Expr {
        self.inner.is_first_row()
    }

    fn is_last_row(&self) -> Self::Expr {
        self.inner.is_last_row()
    }

    fn is_transition(&self) -> Self::Expr {
        self.inner.is_transition()
    }

    fn assert_zero<I: Into<Self::Expr>>(&mut self, x: I) {
        if self.asserted != self.dropped {
            self.inner.assert_zero(x);
        }
        self.asserted += 1;
    }

    fn public_values(&self) -> &[Self::PublicVar] {
        self.inner.public_values()
    }

    fn periodic_values(&self) -> &[Self::PeriodicVar] {
        self.inner.periodic_values()
    }
}

/// Proves `forged` under the AIR without `dropped`, and returns what Plonky3's verifier says of it
/// under the same AIR.
pub(crate) fn verdict<C: Forgeable>(
    dropped: Option<usize>,
    forged: &Forged,
) -> Result<(), VerifyError> {
    let key = VerifyingKey::<C>::new(1).with_parameters(StarkParameters::TEST);
    let config = key.parameters().config(&key.transcript_seed());
    let air = Without::<C> {
        air: C::Air::default(),
        dropped,
    };
    let proof = prove(&config, &air, forged.trace.clone(), &forged.public_values)
        .map_err(|_| VerifyError::MalformedPayload)?;
    key.check_stark(&air, &forged.public_values, &proof)
}
