"""What is checked of each kind of vector: section 22."""

import documents
import follow
import header as headers
import json_documents
import keys
import ledger
import ledger_witness
import proof_file
import pruning
import routes
import sets
import span
import statements
import trees
import uptime
import witness
from codec import Refused, check, digest_text, parse_decimal, parse_digest
from corpus import read_bytes, read_text
from signer import PURPOSES, SecretKey
from state_hash import PARTICIPATION, SIGNERS, SLOT, compress, hash_elements, limbs


def same(computed, expected):
    check(computed == expected, "mismatch")


def digests(texts):
    return list(map(parse_digest, texts))


def check_hash(domain, elements, digest):
    same(hash_elements(domain, tuple(elements)), parse_digest(digest))


def check_compress(left, right, digest):
    same(compress(parse_digest(left), parse_digest(right)), parse_digest(digest))


def check_path(leaf, index, siblings, root):
    same(trees.fold(parse_digest(leaf), index, digests(siblings)), parse_digest(root))


def check_history(headers, history_root):
    root = trees.root(digests(headers), 32)
    same(trees.history_root(len(headers), root), parse_digest(history_root))


def check_ancestor(header_hash, height, history_path, within, history_root):
    path, root = digests(history_path), parse_digest(history_root)
    found = trees.is_ancestor(parse_digest(header_hash), height, path, within, root)
    same(found, True)


def check_header(header, hash):
    decoded = headers.decode_header(bytes.fromhex(header))
    same(headers.encode_header(decoded).hex(), header)
    same(headers.header_hash(decoded), parse_digest(hash))


def check_genesis(params, header):
    rules = headers.params(params["chain_id"], params["epoch_length"])
    decoded = headers.decode_header(bytes.fromhex(header))
    headers.check_genesis(rules, decoded, parse_digest(params["genesis_hash"]))


def started_at(params, trusted, trusted_hash):
    """Returns what a client trusts that starts at a header."""
    first = headers.decode_header(bytes.fromhex(trusted))
    return follow.start(
        params["chain_id"], params["epoch_length"], first, parse_digest(trusted_hash)
    )


def offered(header, parent, parent_path, head_path):
    """Returns the header that a client is offered, its parent, and the paths in its history."""
    decoded = [headers.decode_header(bytes.fromhex(data)) for data in (header, parent)]
    return *decoded, digests(parent_path), digests(head_path)


def check_candidate(
    params,
    trusted,
    trusted_hash,
    now_ms,
    header,
    parent,
    parent_path,
    head_path,
    certificate,
):
    started = started_at(params, trusted, trusted_hash)
    candidate = follow.Candidate(
        *offered(header, parent, parent_path, head_path),
        sets.Certificate(
            certificate["signed_power"],
            parse_digest(certificate["signers"]),
            sets.Opening(
                parse_digest(certificate["set_root"]),
                certificate["set_size"],
                certificate["total_power"],
            ),
        ),
    )
    follow.check_offer(started, candidate, int(now_ms))
    follow.check_rest(started, candidate)


def check_span_candidate(
    params,
    trusted,
    trusted_hash,
    now_ms,
    header,
    parent,
    parent_path,
    head_path,
    set,
    ends,
):
    started = started_at(params, trusted, trusted_hash)
    candidate = follow.SpanCandidate(
        *offered(header, parent, parent_path, head_path),
        sets.Opening(parse_digest(set["root"]), set["n"], set["total_power"]),
    )
    claim = follow.check_span(started, candidate, int(now_ms))
    same(claim.ends, ends)


def check_start(checkpoint, header):
    decoded = headers.decode_header(bytes.fromhex(header))
    follow.start_at_checkpoint(follow.parse_checkpoint(checkpoint), decoded)


def member_of(value):
    key_id = parse_digest(value["key_id"])
    return sets.Member(key_id, value["power"], value["account"], value["start_slot"])


def check_set_leaf(member, leaf):
    same(sets.leaf(member_of(member)), parse_digest(leaf))


def check_set(members, more, root, total_power, set_root):
    members = list(map(member_of, members))
    for index in range(len(members), len(members) + more):
        members.append(sets.Member(hash_elements(SLOT, limbs(index)), 1, 0, 0))
    opening = sets.build(members)
    same(opening, sets.Opening(parse_digest(root), len(members), total_power))
    same(sets.set_root(opening), parse_digest(set_root))


def check_vote(chain_id, height, slot, header_hash, message):
    computed = sets.vote_message(chain_id, height, slot, parse_digest(header_hash))
    same(computed, parse_digest(message))


def check_randomness(parent_randomness, reveal, randomness):
    computed = sets.randomness(parse_digest(parent_randomness), parse_digest(reveal))
    same(computed, parse_digest(randomness))


def check_bitmap(indices, signers, participation_root):
    same(sets.bitmap(SIGNERS, indices), parse_digest(signers))
    same(sets.bitmap(PARTICIPATION, indices), parse_digest(participation_root))


def statement_parts(header, parent, certificate):
    return (
        headers.decode_header(bytes.fromhex(header)),
        headers.decode_header(bytes.fromhex(parent)),
        sets.decode_certificate(bytes.fromhex(certificate)),
    )


def check_statement(header, parent, certificate, public_values):
    computed = follow.public_values(*statement_parts(header, parent, certificate))
    same(list(computed), public_values)


def key_of(value):
    parameter, root = tuple(value["parameter"]), parse_digest(value["root"])
    return keys.PublicKey(value["tree_height"], parameter, root)


def check_key_id(public_key, purpose, chain_id, key_id):
    same(keys.key_id(key_of(public_key), purpose, chain_id), parse_digest(key_id))


def check_signature(public_key, leaf, message, signature):
    decoded = keys.decode_signature(bytes.fromhex(signature))
    same(keys.encode_signature(decoded).hex(), signature)
    keys.verify(key_of(public_key), leaf, parse_digest(message), decoded)


def check_generate(seed, purpose, chain_id, tree_height, public_key, secret_key):
    key = SecretKey.generate(bytes.fromhex(seed), purpose, chain_id, tree_height)
    same(keys.encode_public_key(key.public).hex(), public_key)
    same(key.encode().hex(), secret_key)


def check_sign(secret_key, leaf, message, signature):
    signed = SecretKey.decode(read_bytes(secret_key)).sign(leaf, parse_digest(message))
    same(keys.encode_signature(signed).hex(), signature)


def check_encoding(of, bytes, value):
    data = read_bytes(bytes)
    decode, encode, describe = ENCODINGS.get(of) or document_encoding(of)
    decoded = decode(data)
    same(encode(decoded), data)
    check(value is None or describe(decoded) == value, "mismatch")


def document_encoding(of):
    return (
        lambda data: documents.decode(of, data),
        lambda document: documents.encode(of, document),
        lambda document: json_documents.value_of(of, document),
    )


def check_json(of, text):
    json_documents.decode(of, read_text(text))


def check_offer(text):
    documents.offer(json_documents.decode("block", read_text(text)))


def check_checkpoint_text(text, bytes):
    checkpoint = follow.parse_checkpoint(text)
    same(follow.encode_checkpoint(checkpoint).hex(), bytes)
    same(follow.checkpoint_text(checkpoint), text)


def check_route(target):
    routes.parse(target)


def check_witness(bytes):
    data = read_bytes(bytes)
    decoded = witness.decode(data)
    same(witness.encode(*decoded), data)
    witness.check_witness(*decoded)


def check_proof(chain_id, header, parent, certificate, proof):
    header, parent, certificate = statement_parts(header, parent, certificate)
    follow.public_values(header, parent, certificate)
    decoded = proof_file.decode(read_bytes(proof))
    proof_file.check_consensus(decoded, chain_id, header.chain_id, certificate)


def account_of(value):
    number = parse_decimal(value["balance"], ledger.LARGEST)
    return ledger.Account(parse_digest(value["key_id"]), number, value["nonce"], value["key_offset"])


def accounts_of(values):
    return [(value["index"], account_of(value)) for value in values]


def check_account(account, leaf):
    same(ledger.leaf(account_of(account)), parse_digest(leaf))


def check_accounts(accounts, state_root):
    same(ledger.root(ledger.genesis(accounts_of(accounts))), parse_digest(state_root))


def check_operation(chain_id, accounts, operation, hash, state_root):
    data = read_bytes(operation)
    signed = ledger.decode(data)
    same(ledger.encode(signed), data)
    same(ledger.operation_hash(signed.chain_id, signed.operation), parse_digest(hash))
    after = ledger.apply(dict(accounts_of(accounts)), chain_id, signed)
    same(ledger.root(after), parse_digest(state_root))


def check_operations(chain_id, accounts, operations, more, proposer, tx_root, state_root):
    signed = [ledger.decode(read_bytes(operation)) for operation in operations]
    signed += signed[-1:] * more
    after = ledger.apply_block(dict(accounts_of(accounts)), chain_id, signed, proposer)
    hashes = [ledger.operation_hash(chain_id, each.operation) for each in signed]
    same(ledger.tx_root(len(hashes), trees.root(hashes, 8)), parse_digest(tx_root))
    same(ledger.root(after), parse_digest(state_root))


def check_inclusion(hash, position, path, count, tx_root):
    path, root = digests(path), parse_digest(tx_root)
    same(ledger.is_in_block(parse_digest(hash), position, path, count, root), True)


def check_transaction(chain_id, header, operation, public_values, proof):
    header = headers.decode_header(bytes.fromhex(header))
    signed = ledger.decode(read_bytes(operation))
    same(list(statements.transaction(header, signed.operation)), public_values)
    optional_proof(proof, 2, chain_id, header)


def check_identity(chain_id, header, index, key_id, leaf, path, public_values, proof):
    header = headers.decode_header(bytes.fromhex(header))
    registration = ledger.Register(index, parse_digest(key_id), leaf)
    computed = statements.identity(header, registration, digests(path))
    same(list(computed), public_values)
    optional_proof(proof, 3, chain_id, header)


def check_state(chain_id, header, parent, set, member, path, public_values, proof):
    header, parent = (headers.decode_header(bytes.fromhex(each)) for each in (header, parent))
    opening = sets.Opening(parse_digest(set["root"]), set["n"], set["total_power"])
    member, path = member_of(member), digests(path)
    computed = statements.state(header, parent, opening, member, path)
    same(list(computed), public_values)
    optional_proof(proof, 4, chain_id, header)


def check_pruning(chain_id, start, end, fold_before, fold_after, public_values, proof):
    start, end = (headers.decode_header(bytes.fromhex(each)) for each in (start, end))
    claim = pruning.statement(start, end, parse_digest(fold_before), parse_digest(fold_after))
    same(list(pruning.public_values(claim)), public_values)
    optional_proof(proof, 6, chain_id, start)


def check_uptime(
    chain_id,
    head,
    epoch_length,
    first,
    validator_set_root,
    index,
    key_id,
    signed,
    public_values,
    proof,
):
    head = headers.decode_header(bytes.fromhex(head))
    root, key_id = parse_digest(validator_set_root), parse_digest(key_id)
    claim = uptime.statement(head, epoch_length, first, root, index, key_id, signed)
    same(list(uptime.public_values(claim)), public_values)
    optional_proof(proof, 5, chain_id, head)


def check_span(
    chain_id,
    first_height,
    epoch_length,
    validator_set_root,
    last,
    public_values,
    proof,
):
    last, root = headers.decode_header(bytes.fromhex(last)), parse_digest(validator_set_root)
    claim = span.statement(first_height, epoch_length, root, last)
    same(list(span.public_values(claim)), public_values)
    optional_proof(proof, 8, chain_id, last)


def optional_proof(proof, circuit, chain_id, header):
    """Checks the proof of a statement made from a header, if there is one."""
    if proof is not None:
        decoded = proof_file.decode(read_bytes(proof))
        proof_file.check_proof(decoded, circuit, chain_id, header.chain_id)


def check_circuit_witness(circuit, bytes):
    data = read_bytes(bytes)
    decode, encode, check_decoded = WITNESSES[circuit]
    witness = decode(data)
    same(encode(witness), data)
    check_decoded(witness)


WITNESSES = {
    "transaction": (
        ledger_witness.decode_transaction,
        ledger_witness.encode_transaction,
        ledger_witness.check_transaction,
    ),
    "identity": (
        ledger_witness.decode_identity,
        ledger_witness.encode_identity,
        ledger_witness.check_identity,
    ),
    "state": (
        ledger_witness.decode_state,
        ledger_witness.encode_state,
        ledger_witness.check_state,
    ),
    "pruning": (pruning.decode, pruning.encode, pruning.check_witness),
    "span": (span.decode, span.encode, span.check_witness),
    "uptime": (uptime.decode, uptime.encode, uptime.check_witness),
}

ENCODINGS = {
    "public-key": (
        keys.decode_public_key,
        keys.encode_public_key,
        lambda key: {
            "tree_height": key.tree_height,
            "parameter": list(key.parameter),
            "root": digest_text(key.root),
        },
    ),
    "secret-key": (
        SecretKey.decode,
        SecretKey.encode,
        lambda key: {
            "purpose": PURPOSES[key.purpose],
            "chain_id": key.chain_id,
            "next_leaf": key.next_leaf,
            "public_key": keys.encode_public_key(key.public).hex(),
        },
    ),
    "certificate": (
        sets.decode_certificate,
        sets.encode_certificate,
        lambda claim: {
            "signed_power": claim.signed_power,
            "signers": digest_text(claim.signers),
            "set_root": digest_text(claim.set.root),
            "set_size": claim.set.n,
            "total_power": claim.set.total_power,
        },
    ),
    "checkpoint": (
        follow.decode_checkpoint,
        follow.encode_checkpoint,
        lambda checkpoint: {"text": follow.checkpoint_text(checkpoint)},
    ),
}


def check_case(case):
    """Checks a vector by its kind."""
    fields = {name: value for name, value in case.items() if name not in ABOUT}
    globals()["check_" + case["kind"].replace("-", "_")](**fields)


ABOUT = ("kind", "note", "origin", "expect")


def verdict(check_one, case):
    """Returns `accept`, or the code of the first rule that is broken."""
    try:
        check_one(case)
    except Refused as refused:
        return str(refused)
    return "accept"
