//! The votes in an epoch that is longer than any proof.

use std::sync::Mutex;

use rpp_light_client::{
    Answer, Checkpoint, ErrorKind, Ledger, Request, Transport, TransportError, TransportFault,
};
use rpp_tests::headers::chain;

/// Notes what is asked for, and does not answer.
#[derive(Default)]
struct Silent(Mutex<Vec<String>>);

impl Transport for &Silent {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        self.0.lock().unwrap().push(request.path.clone());
        Err(TransportError {
            fault: TransportFault::Unreachable,
            detail: String::new(),
            bytes: 0,
        })
    }
}

#[tokio::test]
async fn rejects_an_epoch_that_no_proof_is_about_before_anybody_is_asked() {
    let headers = chain(2100, |_| ());
    let head = headers.last().unwrap();
    // The genesis is not voted for: of 1,025 heights the first epoch has 1,024, and the second one more.
    for (epoch_length, epoch, heights) in [(1025, 1, 1025), (2048, 0, 2047)] {
        let trusted = Checkpoint::of(head, epoch_length).start(head).unwrap();
        let silent = Silent::default();
        let link = &silent;
        let ledger = Ledger::new(&link, trusted.trusted(head).unwrap());
        let error = ledger.uptime(0, epoch).await.unwrap_err();
        assert_eq!(
            (error.code(), error.kind(), error.is_transient()),
            ("epoch-too-long", ErrorKind::Config, false)
        );
        assert!(error.to_string().contains(&heights.to_string()), "{error}");
        assert_eq!(*silent.0.lock().unwrap(), Vec::<String>::new());
    }
    let trusted = Checkpoint::of(head, 1025).start(head).unwrap();
    let silent = Silent::default();
    let link = &silent;
    let ledger = Ledger::new(&link, trusted.trusted(head).unwrap());
    let asked = ledger.uptime(0, 0).await.unwrap_err();
    assert_eq!(asked.code(), "unreachable");
    assert_eq!(*silent.0.lock().unwrap(), ["/v1/blocks/1025"]);
}
