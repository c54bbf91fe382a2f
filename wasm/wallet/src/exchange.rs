//! `Exchange`: a store that asks JavaScript.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use rpp_light_client::{SignerStore, StoreError, StoreFault, Swap};

/// A place for one question to the store at a time, and for its answer. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange(Arc<Mutex<Place>>);

/// What is asked of the store.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    /// The key file.
    Load,
    /// To replace it by `after`, if it is `before`.
    Swap {
        before: Option<Vec<u8>>,
        after: Vec<u8>,
    },
}

/// What the store answers.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The key file, if there is one.
    File(Option<Vec<u8>>),
    /// Whether it was replaced.
    Swap(Swap),
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Empty,
    Asked(Ask),
    Answered(Result<Answer, StoreError>),
}

impl Exchange {
    /// Forgets what was asked or answered.
    pub(crate) fn clear(&self) {
        *self.place() = Place::Empty;
    }

    /// Returns what is asked.
    pub(crate) fn asked(&self) -> Option<Ask> {
        match &*self.place() {
            Place::Asked(ask) => Some(ask.clone()),
            Place::Empty | Place::Answered(_) => None,
        }
    }

    /// Takes the answer to what is asked; without a question it does nothing.
    pub(crate) fn answer(&self, answer: Result<Answer, StoreFault>, detail: String) {
        let mut place = self.place();
        let Place::Asked(ask) = &*place else { return };
        let action = match ask {
            Ask::Load => "read",
            Ask::Swap { .. } => "write",
        };
        let answer = answer.map_err(|fault| StoreError {
            fault,
            action,
            detail,
        });
        *place = Place::Answered(answer);
    }

    async fn ask(&self, ask: Ask) -> Result<Answer, StoreError> {
        *self.place() = Place::Asked(ask);
        poll_fn(|_| {
            let mut place = self.place();
            match std::mem::take(&mut *place) {
                Place::Answered(answer) => Poll::Ready(answer),
                unanswered => {
                    *place = unanswered;
                    Poll::Pending
                }
            }
        })
        .await
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignerStore for Exchange {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.ask(Ask::Load).await? {
            Answer::File(file) => Ok(file),
            Answer::Swap(_) => Err(mistaken("read")),
        }
    }

    async fn swap(&self, before: Option<&[u8]>, after: &[u8]) -> Result<Swap, StoreError> {
        let (before, after) = (before.map(<[u8]>::to_vec), after.to_vec());
        match self.ask(Ask::Swap { before, after }).await? {
            Answer::Swap(swap) => Ok(swap),
            Answer::File(_) => Err(mistaken("write")),
        }
    }
}

fn mistaken(action: &'static str) -> StoreError {
    StoreError {
        fault: StoreFault::Failed,
        action,
        detail: "that answers another question".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Polls once.
    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn fault<T: std::fmt::Debug>(polled: Poll<Result<T, StoreError>>) -> (StoreFault, String) {
        match polled {
            Poll::Ready(Err(StoreError { fault, detail, .. })) => (fault, detail),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_question_waits_for_its_answer() {
        let exchange = Exchange::default();
        let mut loading = pin!(exchange.load());
        assert!(exchange.asked().is_none());
        for _ in 0..2 {
            assert!(poll(loading.as_mut()).is_pending());
            assert!(matches!(exchange.asked(), Some(Ask::Load)));
        }
        exchange.answer(Ok(Answer::File(Some(vec![1]))), String::new());
        assert!(exchange.asked().is_none());
        assert!(matches!(poll(loading.as_mut()), Poll::Ready(Ok(Some(file))) if file == [1]));
        let mut swapping = pin!(exchange.swap(Some(&[1]), &[2]));
        assert!(poll(swapping.as_mut()).is_pending());
        let Some(Ask::Swap { before, after }) = exchange.asked() else {
            panic!("{exchange:?}");
        };
        assert_eq!((before.as_deref(), &*after), (Some(&[1][..]), &[2][..]));
        exchange.answer(Ok(Answer::Swap(Swap::Changed)), String::new());
        let swapped = poll(swapping.as_mut());
        assert!(matches!(swapped, Poll::Ready(Ok(Swap::Changed))));
    }

    #[test]
    fn rejects_the_answer_to_another_question() {
        let exchange = Exchange::default();
        // To no question, it is forgotten.
        exchange.answer(Ok(Answer::Swap(Swap::Saved)), String::new());
        let mut swapping = pin!(exchange.swap(None, &[2]));
        assert!(poll(swapping.as_mut()).is_pending());
        exchange.answer(Ok(Answer::File(None)), String::new());
        let (fault, detail) = fault(poll(swapping.as_mut()));
        assert_eq!(
            (fault, &*detail),
            (StoreFault::Failed, "that answers another question")
        );
    }

    #[test]
    fn a_failure_is_the_stores() {
        let exchange = Exchange::default();
        let mut swapping = pin!(exchange.swap(None, &[2]));
        assert!(poll(swapping.as_mut()).is_pending());
        exchange.answer(Err(StoreFault::Full), "no room".into());
        let failed = fault(poll(swapping.as_mut()));
        assert_eq!(failed, (StoreFault::Full, "no room".to_owned()));
    }
}
