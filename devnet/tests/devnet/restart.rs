//! Ended between any two steps, the devnet signs what it had decided and nothing else.

use rpp_devnet::{DevnetError, SignedBlock, Step, Steps, Stopped};

use crate::support::{CONFIG, Opened, connect, made};

fn stop_at(step: Step) -> Steps {
    Steps::watched(move |at| {
        let stopped = at == step;
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    })
}

fn signatures(block: &SignedBlock) -> Vec<(u32, rpp_verifier::Signature)> {
    let votes = block.votes.iter();
    votes
        .map(|vote| (vote.index, vote.signature.clone()))
        .collect()
}

#[tokio::test]
async fn a_decided_header_is_signed_as_it_stands() {
    let data = tempfile::tempdir().unwrap();
    let open = |steps| Opened::at(CONFIG, data.path(), None, steps);
    for step in [
        Step::ProposalSaved,
        Step::Signed,
        Step::StatesSaved,
        Step::SecretsErased,
    ] {
        let mut opened = open(stop_at(step)).await.unwrap();
        opened.next().await.unwrap_err();
        opened.close().await;
    }
    // All four processes signed, or were about to sign, the header that the first one decided.
    let mut opened = open(Steps::default()).await.unwrap();
    let block = opened.next().await.unwrap();
    assert_eq!(block.header.height, 1);
    opened.close().await;
    let mut again = open(Steps::default()).await.unwrap();
    let repeated = again.next().await.unwrap();
    assert_eq!(repeated.header, block.header);
    assert_eq!(repeated.reveal, block.reveal);
    assert_eq!(signatures(&repeated), signatures(&block));
}

#[tokio::test]
async fn a_block_that_was_not_kept_is_given_once_more_by_the_same_process() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default());
    let mut opened = opened.await.unwrap();
    let genesis = opened.tip.clone();
    let first = opened.child_of(&genesis).await.unwrap();
    let again = opened.child_of(&genesis).await.unwrap();
    assert_eq!(again.header, first.header);
    assert_eq!(signatures(&again), signatures(&first));
    let second = opened.child_of(&first.header).await.unwrap();
    assert_eq!(second.parent, first.header);
    // It was kept when its child was asked for.
    let error = opened.child_of(&genesis).await.unwrap_err();
    assert_eq!(error.code(), Some("data-damaged"));
    assert!(matches!(
        error,
        DevnetError::OtherParent {
            asked: 0,
            newest: 2
        }
    ));
}

#[tokio::test]
async fn a_header_that_was_not_saved_is_decided_anew() {
    let data = tempfile::tempdir().unwrap();
    let open = |steps| Opened::at(CONFIG, data.path(), None, steps);
    let mut opened = open(stop_at(Step::Proposed)).await.unwrap();
    opened.next().await.unwrap_err();
    opened.close().await;
    let mut connection = connect(data.path()).await;
    let leaves = sqlx::query_scalar("SELECT count(*) FROM leaves");
    let leaves: u32 = leaves.fetch_one(&mut connection).await.unwrap();
    assert_eq!(leaves, 0);
    drop(connection);
    let mut opened = open(Steps::default()).await.unwrap();
    assert_eq!(opened.next().await.unwrap().header.height, 1);
}

/// The set of the next epoch is saved, and with it the keys are gone that could sign the last block
/// of the epoch before: whoever wants that block once more is told so.
#[tokio::test]
async fn goes_on_from_the_last_block_of_an_epoch_whose_successor_was_begun() {
    let data = tempfile::tempdir().unwrap();
    let last = made(data.path(), CONFIG.epoch_length - 1).await;
    let open = |tip, steps| Opened::at(CONFIG, data.path(), tip, steps);
    let mut opened = open(Some(last.clone()), stop_at(Step::SetSaved))
        .await
        .unwrap();
    opened.next().await.unwrap_err();
    opened.close().await;
    let mut before = last.clone();
    before.height -= 1;
    let mut opened = open(Some(before), Steps::default()).await.unwrap();
    let error = opened.next().await.unwrap_err();
    assert!(
        matches!(
            error,
            DevnetError::OtherParent {
                asked: 2,
                newest: 3
            }
        ),
        "{error}"
    );
    opened.close().await;
    let mut opened = open(Some(last), Steps::default()).await.unwrap();
    assert_eq!(opened.next().await.unwrap().header.height, 4);
}

#[tokio::test]
async fn rejects_a_parent_of_another_time() {
    let data = tempfile::tempdir().unwrap();
    let tip = made(data.path(), 3).await;
    let mut ahead = tip.clone();
    ahead.height += 1;
    for (parent, asked) in [(None, 0), (Some(ahead), 4)] {
        let mut opened = Opened::at(CONFIG, data.path(), parent, Steps::default())
            .await
            .unwrap();
        let error = opened.next().await.unwrap_err();
        assert_eq!(error.code(), Some("data-damaged"));
        let DevnetError::OtherParent { asked: got, newest } = error else {
            panic!("{error}");
        };
        assert_eq!((got, newest), (asked, 3));
        opened.close().await;
    }
}

#[tokio::test]
async fn a_block_comes_with_its_certificate_and_the_witness_of_its_proof() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default());
    let mut opened = opened.await.unwrap();
    for _ in 0..5 {
        let block = opened.next().await.unwrap();
        let certificate = block.certificate();
        assert_eq!(certificate.set.set_root(), block.header.validator_set_root);
        assert!(3 * certificate.signed_power > 2 * certificate.set.total_power);
        let witness = block.witness().unwrap();
        witness.check().unwrap();
        assert_eq!(witness.statement.signed_power, certificate.signed_power);
        let due = block.due().unwrap();
        let height = block.header.height;
        let named: Vec<_> = due.iter().map(|(key, _)| key.to_string()).collect();
        let expected = ["consensus", "state"].map(|circuit| format!("{circuit} of {height}"));
        assert_eq!(named, expected);
        assert_eq!(due[0].1, witness.to_bytes());
        assert_eq!(due[1].1, block.state_witness().unwrap().to_bytes());
    }
}
