//! What crosses between the module and JavaScript, from the side of JavaScript: types, names and errors.
//!
//! The answers are those of `vectors/v1/client`.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use js_sys::{Array, Error, Object, Reflect};
use rpp_verifier::{Block, Document, Head};
use rpp_wasm::{ConsensusVerifier, Session};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_session_says_what_it_needs_in_objects() {
    let mut session = session();
    assert_eq!(shape(&need(&mut session)), "need:string");
    assert_eq!(text(&need(&mut session), "need"), "load");
    assert!(session.loaded(NOW_MS, 0.0, None).unwrap().is_none());
    assert_eq!(shape(&need(&mut session)), "fetches:object need:string");
    let [block, head] = &fetches(&mut session)[..] else {
        panic!("two questions at once");
    };
    for (fetch, path) in [(block, "/v1/blocks/0"), (head, "/v1/head")] {
        let expected = "accept:string maxBytes:number path:string provider:number ticket:number";
        assert_eq!(shape(fetch), expected);
        assert_eq!(text(fetch, "path"), path);
        assert_eq!(text(fetch, "accept"), "application/vnd.rpp.block");
        assert!(number(fetch, "maxBytes") > 0.0);
    }
    answer(&mut session, block, b"nonsense").unwrap_err();
    answer(&mut session, head, b"late").unwrap();
    let wait = need(&mut session);
    assert_eq!(shape(&wait), "ms:number need:string");
    assert!(number(&wait, "ms") > 0.0);
}

#[wasm_bindgen_test]
fn a_verdict_is_an_object_with_amounts_as_bigints_and_times_as_numbers() {
    let mut session = session();
    let verdict = follow(&mut session);
    let expected = "anchor:string circuit:string endsEpoch:boolean epoch:number hashBits:number keyDigest:string \
                    proofBytes:number setupVersion:null spans:object spent:object staleAtMs:number starkBits:number \
                    statement:object step:string timestampMs:number transitionsSince:null unskippedSince:number";
    assert_eq!(shape(&verdict), expected);
    assert_eq!(shape(&get(&verdict, "spent")), SPENT);
    let statement = get(&verdict, "statement");
    assert_eq!(shape(&statement), STATEMENT);
    assert_eq!(number(&statement, "height"), 3.0);
    assert_eq!(text(&verdict, "step"), "head");
    assert_eq!(text(&verdict, "anchor"), "given");
    assert_eq!(number(&verdict, "proofBytes"), PROOF.len() as f64);
    let made = head().header.timestamp_ms as f64;
    assert_eq!(number(&verdict, "timestampMs"), made);
    assert_eq!(number(&verdict, "staleAtMs"), made + 300_000.0);
}

#[wasm_bindgen_test]
fn a_status_is_an_object_and_what_is_not_known_is_null() {
    let mut session = session();
    let before = session.status(NOW_MS, 0.0);
    let expected = "checkpoint:string epoch:null headerHash:string height:number \
                    latestHeight:null setup:null spent:object staleAtMs:number stopped:boolean \
                    timestampMs:number";
    assert_eq!(shape(&before), expected);
    assert_eq!(text(&before, "checkpoint"), CHECKPOINT);
    let _ = follow(&mut session);
    let after = session.status(NOW_MS, 0.0);
    let known = |name: &str| get(&after, name).as_f64().is_some();
    assert!(known("epoch") && known("latestHeight"));
    assert_eq!(get(&after, "setup"), JsValue::NULL);
    assert_eq!(shape(&get(&after, "spent")), SPENT);
    assert_eq!(number(&after, "height"), 3.0);
}

#[wasm_bindgen_test]
fn a_stored_state_is_verified_again_and_a_changed_one_refused() {
    let mut first = session();
    assert!(first.state().is_empty(), "nothing to save yet");
    reach_save(&mut first);
    let state = first.state();
    let stored = session().loaded(NOW_MS, 0.0, Some(state.clone()));
    let stored = stored.unwrap().expect("a verdict on the stored head");
    assert_eq!(text(&stored, "step"), "stored");
    let mut changed = state;
    *changed.last_mut().expect("a state is not empty") ^= 1;
    let refused = session().loaded(NOW_MS, 0.0, Some(changed));
    assert_eq!(text(&thrown(refused), "kind"), "state");
}

#[wasm_bindgen_test]
fn a_client_that_is_stopped_needs_a_choice_and_has_evidence() {
    let mut session = session();
    assert_eq!(session.evidence(), None);
    let error = thrown(session.choose(NOW_MS, 0.0, "head"));
    assert_eq!(
        (text(&error, "code"), text(&error, "kind")),
        ("not-stopped".into(), "config".into())
    );
    let none = session.loaded(NOW_MS, 0.0, Some(STOPPED.to_vec()));
    assert!(none.unwrap().is_none());
    let stopped = need(&mut session);
    assert_eq!(shape(&stopped), "error:object need:string");
    assert_eq!(text(&stopped, "need"), "choose");
    let error = get(&stopped, "error");
    assert!(error.is_instance_of::<Error>());
    assert_eq!(
        (text(&error, "code"), text(&error, "kind")),
        ("conflicting-headers".into(), "conflict".into())
    );
    assert_eq!(session.evidence().as_deref(), STOPPED.get(48..));
    assert_eq!(get(&session.status(NOW_MS, 0.0), "stopped"), JsValue::TRUE);
    let error = thrown(session.choose(NOW_MS, 0.0, "both"));
    assert_eq!(text(&error, "code"), "bad-config");
    session.choose(NOW_MS, 0.0, "conflicting").unwrap();
    assert!(session.state().len() > STOPPED.len());
    let verdict = session
        .saved(NOW_MS, 0.0, true)
        .expect("a verdict on the choice");
    assert_eq!(text(&verdict, "step"), "stored");
    assert_eq!(get(&session.status(NOW_MS, 0.0), "stopped"), JsValue::FALSE);
}

#[wasm_bindgen_test]
fn a_refusal_is_an_error_with_a_code_and_a_kind() {
    let mut session = session();
    let _ = session.loaded(NOW_MS, 0.0, None);
    let fetch = fetches(&mut session).remove(0);
    let error = thrown(answer(&mut session, &fetch, b"nonsense"));
    assert!(error.is_instance_of::<Error>());
    assert_eq!(text(&error, "code"), "bad-magic");
    assert_eq!(text(&error, "kind"), "decode");
    assert_eq!(get(&error, "transient"), JsValue::FALSE);
    assert!(!text(&error, "message").is_empty());
    session.wake();
    let open = ticket(&fetches(&mut session)[0]);
    let error = thrown(session.failed(NOW_MS, 0.0, open, "timeout", "no answer".into(), 7.0));
    assert_eq!(text(&error, "code"), "timeout");
    assert_eq!(text(&error, "kind"), "transport");
    assert_eq!(get(&error, "transient"), JsValue::TRUE);
}

#[wasm_bindgen_test]
fn accepts_a_configuration_and_refuses_one_that_cannot_be_met() {
    assert!(begun(Some(CHECKPOINT), None, 128).is_ok());
    let code = |checkpoint, root, stark_bits| {
        let error = thrown(begun(checkpoint, root, stark_bits));
        assert_eq!(text(&error, "kind"), "config");
        text(&error, "code")
    };
    assert_eq!(code(Some("latest"), None, 128), "bad-config");
    assert_eq!(code(Some(CHECKPOINT), None, 129), "floor");
    assert_eq!(code(None, None, 128), "bad-root-pin");
    assert_eq!(code(None, Some("1:ff"), 128), "bad-root-pin");
    assert_eq!(code(None, Some("{}"), 128), "setup-missing-field");
}

#[wasm_bindgen_test]
fn a_session_with_a_pin_asks_for_the_setup_and_has_no_head_before() {
    let root = format!("3:{}", "07".repeat(32));
    let mut session = begun(None, Some(&root), 128).unwrap();
    let _ = session.loaded(NOW_MS, 0.0, None).unwrap();
    let asked = fetches(&mut session);
    let paths: Vec<_> = asked.iter().map(|fetch| text(fetch, "path")).collect();
    assert_eq!(paths, ["/v1/setup?root=3", "/v1/head"]);
    let status = session.status(NOW_MS, 0.0);
    for name in ["checkpoint", "height", "headerHash", "setup"] {
        assert_eq!(get(&status, name), JsValue::NULL, "{name}");
    }
    let refused = session.answer(
        NOW_MS,
        0.0,
        ticket(&asked[0]),
        404,
        None,
        Vec::new(),
        String::new(),
    );
    assert_eq!(text(&thrown(refused), "code"), "provider-refused");
}

#[wasm_bindgen_test]
fn a_verifier_returns_a_verdict_and_throws_what_a_proof_breaks() {
    let block = head();
    let parent = block.parent.clone().expect("a parent").header.to_bytes();
    let (header, certificate) = (block.header.to_bytes(), certificate(&block));
    let verifier = ConsensusVerifier::new(block.header.chain_id);
    let verdict = verifier
        .verify(&header, &parent, &certificate, PROOF)
        .unwrap();
    let expected = "circuit:string hashBits:number keyDigest:string setupVersion:null \
                    starkBits:number statement:object";
    assert_eq!(shape(&verdict), expected);
    assert_eq!(shape(&get(&verdict, "statement")), STATEMENT);
    let hash = text(&get(&verdict, "statement"), "headerHash");
    assert_eq!(hash, block.header.hash().to_string());
    let short = verifier.verify(&header, &parent, &certificate, &PROOF[1..]);
    let error = thrown(short);
    assert_eq!(
        (text(&error, "code"), text(&error, "kind")),
        ("bad-magic".into(), "verify".into())
    );
    let other = ConsensusVerifier::new(block.header.chain_id + 1);
    let error = thrown(other.verify(&header, &parent, &certificate, PROOF));
    assert_eq!(text(&error, "code"), "wrong-chain");
}

#[wasm_bindgen_test]
fn a_question_says_what_to_send_and_has_a_value_in_the_end() {
    let mut session = session();
    assert_eq!(text(&thrown(session.account(None, 0)), "code"), "no-head");
    let _ = follow(&mut session);
    let mut asked = session.account(None, 7).unwrap();
    let request = get(&asked.need().unwrap(), "request");
    assert_eq!(shape(&request), "accept:string maxBytes:number path:string");
    assert_eq!(text(&request, "path"), "/v1/accounts/7?height=3");
    asked.answer(404, None, Vec::new(), String::new());
    let refused = thrown(asked.need());
    assert_eq!(
        (text(&refused, "kind"), get(&refused, "transient")),
        ("problem".into(), true.into())
    );
    assert_eq!(text(&thrown(asked.need()), "kind"), "config");
    let mut failing = session.transition(Some(2), NOW_MS, 0.0).unwrap();
    let _ = failing.need().unwrap();
    // Nothing is handed in.
    assert_eq!(text(&thrown(failing.need()), "kind"), "config");
    let mut failing = session.operation(None, &"00".repeat(32)).unwrap();
    let _ = failing.need().unwrap();
    failing.failed("timeout", "late".into(), 12.0);
    assert_eq!(text(&thrown(failing.need()), "code"), "timeout");
    assert_eq!(
        text(&thrown(session.operation(None, "zz")), "kind"),
        "config"
    );
    assert_eq!(text(&thrown(session.submit(&[0; 8])), "kind"), "decode");
}

fn session() -> Session {
    begun(Some(CHECKPOINT), None, 128).expect("the options are good")
}

fn begun(
    checkpoint: Option<&str>,
    root: Option<&str>,
    stark_bits: u32,
) -> Result<Session, JsValue> {
    let (checkpoint, root) = (checkpoint.map(Into::into), root.map(Into::into));
    Session::new(
        checkpoint,
        Some(60_000),
        false,
        300_000,
        stark_bits,
        123,
        u32::MAX,
        root,
        false,
    )
    .map_err(JsValue::from)
}

/// Answers until a head is verified.
fn follow(session: &mut Session) -> JsValue {
    reach_save(session);
    session.saved(NOW_MS, 0.0, true).expect("a verdict")
}

/// Answers until a verified step is to be saved.
fn reach_save(session: &mut Session) {
    assert!(session.loaded(NOW_MS, 0.0, None).unwrap().is_none());
    for _ in 0..10 {
        let asked = need(session);
        if text(&asked, "need") == "save" {
            return;
        }
        let fetch = &fetches(session)[0];
        let path = text(fetch, "path");
        let (_, body) = ANSWERS
            .iter()
            .find(|(of, _)| *of == path)
            .expect("a known path");
        answer(session, fetch, body).unwrap();
    }
    panic!("no head is verified");
}

fn need(session: &mut Session) -> JsValue {
    session.need(NOW_MS, 0.0)
}

/// Returns what is to be asked.
fn fetches(session: &mut Session) -> Vec<JsValue> {
    let fetches = get(&need(session), "fetches");
    fetches.unchecked_into::<Array>().to_vec()
}

fn ticket(fetch: &JsValue) -> u32 {
    number(fetch, "ticket") as u32
}

fn answer(session: &mut Session, fetch: &JsValue, body: &[u8]) -> Result<(), JsValue> {
    let ticket = ticket(fetch);
    let content_type = text(fetch, "accept");
    let taken = session.answer(NOW_MS, 0.0, ticket, 200, None, body.to_vec(), content_type);
    taken.map_err(JsValue::from)
}

fn head() -> Block {
    Head::from_bytes(HEAD).expect("the corpus has a head").block
}

fn certificate(block: &Block) -> Vec<u8> {
    let certificate = block.certificate.expect("a block that is signed");
    certificate.to_bytes()
}

/// Returns the error as JavaScript catches it.
fn thrown<T>(result: Result<T, impl Into<JsValue>>) -> JsValue {
    match result {
        Ok(_) => panic!("it is refused"),
        Err(error) => error.into(),
    }
}

/// Returns the names of an object's properties with their types, in order of the names.
fn shape(object: &JsValue) -> String {
    let names = Object::keys(object.unchecked_ref::<Object>()).into_iter();
    let kind = |value: JsValue| match value.js_typeof().as_string() {
        _ if value.is_null() => "null".into(),
        name => name.expect("typeof is a string"),
    };
    let each = names.map(|name| {
        let value = Reflect::get(object, &name).expect("an object");
        format!("{}:{}", name.as_string().expect("a name"), kind(value))
    });
    let mut each: Vec<String> = each.collect();
    each.sort();
    each.join(" ")
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).expect("an object")
}

fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().expect("a string")
}

fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name).as_f64().expect("a number")
}

const SPENT: &str = "bytes:bigint requests:number";
const STATEMENT: &str = "chainId:number headerHash:string height:number kind:string \
                         parentRandomness:string proposer:number randomness:string \
                         signedPower:number signers:string slot:number totalPower:number \
                         validatorSetRoot:string";
const CHECKPOINT: &str =
    "0:f13cde6cd65a605ec8ccd32213ce011867f9223a9463c96011e6a01022b82276:1700000000000:4";
const NOW_MS: f64 = 1_700_000_001_004.0;
const HEAD: &[u8] = include_bytes!("../../vectors/v1/client/documents/head-3.bin");
const PROOF: &[u8] = include_bytes!("../../vectors/v1/client/documents/proof-3.bin");
const STOPPED: &[u8] = include_bytes!("../../vectors/v1/client/documents/stopped-3.bin");
const ANSWERS: [(&str, &[u8]); 4] = [
    (
        "/v1/blocks/0",
        include_bytes!("../../vectors/v1/client/documents/block-0.bin"),
    ),
    ("/v1/head", HEAD),
    (
        "/v1/ancestors/0?in=3",
        include_bytes!("../../vectors/v1/client/documents/ancestor-0-3.bin"),
    ),
    ("/v1/blocks/3/proofs/consensus", PROOF),
];
