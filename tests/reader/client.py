"""The first step of a light client: section 21."""

import documents
import follow
import json_documents
import stored
from codec import Refused, check
from corpus import FOLDER, apply
from follow import Candidate
from header import header_hash


def read_answer(answer):
    """Returns the bytes of an answer, or of what is stored."""
    data = (FOLDER / "client" / "documents" / answer["file"]).read_bytes()
    return data if answer["splice"] is None else apply(data, answer["splice"])


class Provider:
    """What a provider answers."""

    def __init__(self, answers):
        self.answers = answers

    def body(self, path):
        answer = self.answers[path]
        return read_answer(answer), answer["file"].endswith(".json")

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


def first_step(checkpoint, now_ms, provider, state):
    """Takes the step, but for V14 to V16."""
    trusted = own = None
    if state is not None:
        trusted, own, is_stopped = stored.read(state, checkpoint)
        check(not is_stopped, "conflicting-headers")
    if trusted is None:
        own = provider.checkpoint_header(f"/v1/blocks/{checkpoint.height}")
        trusted = follow.start_at_checkpoint(checkpoint, own)
    block = provider.document("/v1/head", "head").block
    check(block.header.height >= trusted.height, "head-behind")
    if block.header.height == trusted.height and header_hash(block.header) != trusted.hash:
        refuse_or_stop(trusted, own, block, None, provider, "other-head")
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
    if height == trusted.height + 1 and header_hash(parent.header) != trusted.hash:
        ancestry = (header_hash(parent.header), path)
        refuse_or_stop(trusted, own, block, ancestry, provider, "header-head-not-in-history")
    if height > trusted.height + 1:
        target = f"/v1/ancestors/{trusted.height}?in={height}"
        ancestor = provider.document(target, "ancestor")
        told = (ancestor.height, ancestor.within)
        check(told == (trusted.height, height), "other-ancestor")
        if ancestor.header_hash != trusted.hash:
            ancestry = (ancestor.header_hash, ancestor.history_path)
            refuse_or_stop(trusted, own, block, ancestry, provider, "other-ancestor")
        candidate = candidate._replace(head_path=ancestor.history_path)
    follow.check_rest(trusted, candidate)
    check_proof(trusted, block, provider)


def check_proof(trusted, block, provider):
    data, _ = provider.body(f"/v1/blocks/{block.header.height}/proofs/consensus")
    signed = (block.header, block.parent.header, block.certificate, data)
    stored.check_proof(trusted, signed)


def refuse_or_stop(trusted, own, block, ancestry, provider, code):
    """Stops for a header that conflicts with `own` if it is proven, but for V14 to V16, and refuses it otherwise."""
    try:
        documents.offer(block)
        parent = block.parent
        follow.check_branch(
            trusted, own, block.header, parent.header, parent.history_path, block.certificate
        )
        check(follow.is_other_branch(own, block.header, ancestry), code)
        check_proof(trusted, block, provider)
    except (Refused, KeyError):
        raise Refused(code) from None
    raise Refused("conflicting-headers")


def check_case(case):
    """Checks a case of a whole client."""
    checkpoint = follow.parse_checkpoint(case["checkpoint"])
    state = case.get("state")
    if state is not None:
        state = read_answer(state)
    try:
        first_step(checkpoint, int(case["now_ms"]), Provider(case["answers"]), state)
    except KeyError as missing:
        # Not a code: a case answers all that is asked for.
        raise Refused(f"no answer to {missing}") from None
