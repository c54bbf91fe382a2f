"""The first step of a light client: section 21."""

import documents
import follow
import json_documents
import proof_file
from codec import Refused, check
from corpus import FOLDER, apply
from follow import Candidate


class Provider:
    """What a provider answers."""

    def __init__(self, answers):
        self.answers = answers

    def body(self, path):
        answer = self.answers[path]
        data = (FOLDER / "client" / "documents" / answer["file"]).read_bytes()
        if answer["splice"] is not None:
            data = apply(data, answer["splice"])
        return data, answer["file"].endswith(".json")

    def document(self, path, of):
        data, is_json = self.body(path)
        return json_documents.decode(of, data) if is_json else documents.decode(of, data)

    def checkpoint_header(self, path):
        data, is_json = self.body(path)
        if not is_json:
            return documents.decode("block", data).header
        block = json_documents.parse(data)
        check(isinstance(block, json_documents.Object), "bad-json")
        return json_documents.read_header(block.fields(("header",))[0])


def first_step(checkpoint, now_ms, provider):
    """Takes the step, but for V14 to V16."""
    header = provider.checkpoint_header(f"/v1/blocks/{checkpoint.height}")
    trusted = follow.start_at_checkpoint(checkpoint, header)
    block = provider.document("/v1/head", "head").block
    check(block.header.height >= trusted.height, "head-behind")
    end = (trusted.epoch + 1) * trusted.params.epoch_length - 1
    height = min(block.header.height, end)
    if height < block.header.height:
        block = provider.document(f"/v1/blocks/{height}", "block")
        check(block.header.height == height, "other-height")
    documents.offer(block)
    parent = block.parent
    path = parent.history_path
    candidate = Candidate(block.header, parent.header, path, path, block.certificate)
    follow.check_offer(trusted, candidate, now_ms)
    if height > trusted.height + 1:
        target = f"/v1/ancestors/{trusted.height}?in={height}"
        ancestor = provider.document(target, "ancestor")
        told = (ancestor.height, ancestor.within, ancestor.header_hash)
        check(told == (trusted.height, height, trusted.hash), "other-ancestor")
        candidate = candidate._replace(head_path=ancestor.history_path)
    follow.check_rest(trusted, candidate)
    follow.public_values(block.header, parent.header, block.certificate)
    data, _ = provider.body(f"/v1/blocks/{height}/proofs/consensus")
    chain_id = trusted.params.chain_id
    proof = proof_file.decode(data)
    proof_file.check_proof(proof, chain_id, block.header.chain_id, block.certificate)


def check_case(case):
    """Checks a case of a whole client."""
    checkpoint = follow.parse_checkpoint(case["checkpoint"])
    try:
        first_step(checkpoint, int(case["now_ms"]), Provider(case["answers"]))
    except KeyError as missing:
        # Not a code: a case answers all that is asked for.
        raise Refused(f"no answer to {missing}") from None
