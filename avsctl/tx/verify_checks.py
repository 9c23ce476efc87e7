"""What is checked of a batch file before anything is tried: the documents, the Safe, the calls, the hashes; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from avsctl.contracts.attestation_center import AttestationCenter, decode_setting
from avsctl.contracts.multi_send import MultiSend
from avsctl.contracts.safe_tx import DELEGATECALL
from avsctl.contracts.transaction import Transaction
from avsctl.core.changes import CreateDefinition, Setting
from avsctl.core.deployment import BlockRef
from avsctl.core.multisig import SafeState, Sender
from avsctl.core.units import Address, TaskDefinitionId
from avsctl.core.verification import Check, Mismatch, judge_fields, skip
from avsctl.errors import AvsctlError
from avsctl.tx.safe_file import SafeFile
from avsctl.tx.safe_proposal import SafeProposal
from avsctl.tx.safe_queue import Queued
from avsctl.tx.sidecar import Sidecar, encode_sidecar
from avsctl.tx.verify_fields import (
    Recomputed,
    check_sidecar,
    compare_batch,
    compare_head,
    diff_documents,
)

NO_SIDECAR: Final = "no sidecar to compare with"


@dataclass(frozen=True)
class Sight:
    """What was read of the chain to hold a file to."""

    chain_id: int
    center: AttestationCenter
    safe: Sender
    """What stands at the address that the file calls its Safe."""
    holds_role: bool
    multi_sends: tuple[MultiSend, ...]
    """Those on this chain, by the hash of their code."""
    blocks: tuple[BlockRef | None, BlockRef | None]
    """The blocks of the sidecar, L1 and L2, as the chains have them; None where that was not served."""
    heads: tuple[BlockRef | None, BlockRef]
    """The blocks that are read."""
    configured: Address | None = None
    """The multisig of the settings."""
    queue: tuple[Queued, ...] = ()
    """What is executed before."""

    @property
    def state(self) -> SafeState | None:
        """The Safe; None for what is none."""
        return self.safe.safe


def read_settings(
    center: AttestationCenter, transactions: Sequence[Transaction], next_id: TaskDefinitionId
) -> tuple[Setting | None, ...]:
    """Give what each call sets, None for any other call; definitions that they make get the next ids."""
    settings: list[Setting | None] = []
    for transaction in transactions:
        setting = decode_setting(transaction, next_id) if transaction.to == center.address else None
        settings.append(setting)
        if isinstance(setting, CreateDefinition):
            next_id = TaskDefinitionId(next_id + 1)
    return tuple(settings)


def check_file(file: SafeFile) -> Check:
    """Hold the batch file to the one that its sidecar was written beside."""
    code, what, sidecar = "file", "batch file is the one of the sidecar", file.sidecar
    if sidecar is None:
        return skip(code, what, NO_SIDECAR)
    if file.sha256 == sidecar.batch_sha256:
        return judge_fields(code, what, compare_head(file, sidecar), "every field")
    digest = Mismatch("sha256", sidecar.batch_sha256, file.sha256)
    return judge_fields(code, what, (*compare_batch(file.batch.text, sidecar), digest))


def check_checksum(file: SafeFile) -> Check:
    """Check the checksum that the Transaction Builder writes into the file."""
    what = "checksum of the batch file"
    expected, found = file.batch.checksums
    wrong = () if file.batch.checksum_ok else (Mismatch("meta.checksum", expected, found),)
    return judge_fields("checksum", what, wrong)


def check_own_sidecar(file: SafeFile, known: Recomputed) -> Check:
    """Check the sidecar's own checksum, and name what was changed where it does not fit."""
    code, what = "sidecar", "checksum of the sidecar"
    if file.sidecar is None:
        return skip(code, what, f"there is no {file.path}.avsctl.json")
    return judge_fields(code, what, check_sidecar(file, file.sidecar, known))


def check_chain(file: SafeFile, sight: Sight) -> Check:
    """Hold the chain of the file, of the sidecar and of its blocks to the one that is read."""
    here = sight.chain_id
    named = [("chainId", here, file.batch.chain_id)]
    if file.sidecar is not None:
        sidecar, l1 = file.sidecar, sight.heads[0]
        named += [("chain_id", here, sidecar.chain_id), ("blocks.l2.chain_id", here, sidecar.l2.chain_id)]
        if sidecar.l1 and l1:
            named.append(("blocks.l1.chain_id", l1.chain_id, sidecar.l1.chain_id))
    return judge_fields("chain", "chain", _differing(named), str(here))


def check_deployment(file: SafeFile, sight: Sight) -> Check:
    """Hold contract and generation of the sidecar to the deployment that is read."""
    code, what, center = "deployment", "deployment", sight.center
    if file.sidecar is None:
        return skip(code, what, NO_SIDECAR)
    named = [
        ("attestation_center", center.address, file.sidecar.attestation_center),
        ("generation", center.generation.value, file.sidecar.generation.value),
    ]
    return judge_fields(code, what, _differing(named), center.generation.value)


def check_safe(file: SafeFile, sight: Sight) -> Check:
    """Hold the Safe of the file to the settings and, as the sidecar has it, to the chain."""
    return judge_fields("safe", "Safe, its version, threshold and owners", _differing_safe(file, sight))


def check_role(sight: Sight) -> Check:
    """Check that the Safe governs this deployment."""
    wrong = () if sight.holds_role else (Mismatch("AVS_GOVERNANCE_MULTISIG", "held by the Safe", "not held by it"),)
    return judge_fields("role", "Safe holds AVS_GOVERNANCE_MULTISIG", wrong)


def check_nonce(proposal: SafeProposal | None, sight: Sight) -> Check:
    """Check that the nonce is not used up."""
    code, what, state = "nonce", "nonce is not used up", sight.state
    if state is None or proposal is None:
        return skip(code, what, "there is no Safe")
    nonce = proposal.safe_tx.nonce
    used = (Mismatch("safe_tx.nonce", f"{state.nonce} or later", str(nonce)),) if nonce < state.nonce else ()
    ahead = nonce - state.nonce
    detail = "next to be executed" if not ahead else f"{ahead} after the next"
    return judge_fields(code, what, used, f"{nonce}, {detail}", "executed, or another in its place")


def check_calls(transactions: Sequence[Transaction], settings: Sequence[Setting | None], sight: Sight) -> Check:
    """Encode each call anew from what it sets, and compare."""
    known = [(at, each, setting) for at, (each, setting) in enumerate(zip(transactions, settings, strict=True))]
    wrong = [
        found for at, each, setting in known if setting for found in _compare_call(at, each, setting, sight.center)
    ]
    count = sum(setting is not None for setting in settings)
    of_all = "" if count == len(settings) else f" of {len(settings)}"
    noun = "call" if len(settings) == 1 else "calls"
    code, what = "calls_reencoded", f"{count}{of_all} {noun} encoded again from the decoded form"
    return judge_fields(code, what, wrong, "equal") if count else skip(code, what, "none is known")


def check_methods(file: SafeFile) -> Check:
    """Hold the readable form of each call to the data beside it."""
    code, what = "contract_method", "readable form against the data"
    count = file.batch.methods
    if not count and not file.batch.disputes:
        return skip(code, what, "there is no readable form")
    return judge_fields(code, what, file.batch.disputes)


def check_targets(transactions: Sequence[Transaction], settings: Sequence[Setting | None], sight: Sight) -> Check:
    """Check that every call goes to this AttestationCenter, carries no value, and changes a task definition."""
    pairs = enumerate(zip(transactions, settings, strict=True))
    wrong = [found for at, (each, setting) in pairs for found in _find_stray(at, each, setting, sight.center)]
    return judge_fields("targets", "calls go to this AttestationCenter, to task definitions", wrong)


def check_delegatecall(proposal: SafeProposal | None, file: SafeFile, sight: Sight) -> Check:
    """Check that a delegatecall goes to nothing but a MultiSendCallOnly known by its code."""
    code, what = "delegatecall", "delegatecall only to a MultiSendCallOnly known by its code"
    claimed, known = file.sidecar.safe_tx if file.sidecar else None, {each.address: each for each in sight.multi_sends}
    if proposal is None and sight.state is None:
        return skip(code, what, "there is no Safe")
    wrong = []
    if proposal is None:
        wrong.append(Mismatch("MultiSendCallOnly", "one of known code on this chain", "none"))
    if claimed and claimed.operation == DELEGATECALL and claimed.to not in known:
        wrong.append(Mismatch("safe_tx.to", "a MultiSendCallOnly of known code", claimed.to))
    if proposal is None or proposal.safe_tx.operation != DELEGATECALL:
        return judge_fields(code, what, wrong, "a plain call")
    target = known[proposal.safe_tx.to]
    return judge_fields(code, what, wrong, target.version)


def check_gas_refund(file: SafeFile) -> Check:
    """Check that nobody is paid back for gas, and that a failing call leaves the nonce free."""
    code, what = "gas_refund", "gas token, refund receiver, gas price, safeTxGas, baseGas"
    if file.sidecar is None:
        return skip(code, what, f"{NO_SIDECAR}; hashed as 0")
    safe_tx = encode_sidecar(file.sidecar)["safe_tx"]
    names = ("gas_token", "refund_receiver", "gas_price", "safe_tx_gas", "base_gas")
    wrong = (Mismatch(f"safe_tx.{name}", "0", safe_tx[name]) for name in names if int(safe_tx[name], 0))
    return judge_fields(code, what, wrong, "all 0")


def check_hashes(proposal: SafeProposal | None, file: SafeFile) -> Check:
    """Hold the transaction and the hashes of the sidecar to those made of the file."""
    code, what = "hashes", "transaction and hashes, made anew from the file"
    if proposal is None:
        return skip(code, what, "no transaction can be made of the file")
    if file.sidecar is None:
        return skip(code, what, f"{NO_SIDECAR}; made of the file and the chain")
    return judge_fields(code, what, compare_transaction(file.sidecar, proposal), "equal")


def compare_transaction(sidecar: Sidecar, proposal: SafeProposal) -> tuple[Mismatch, ...]:
    """Name what of the claimed transaction and its hashes is not as in ``proposal``."""
    made = encode_sidecar(replace(sidecar, safe_tx=proposal.safe_tx, hashes=proposal.hashes))
    claimed = encode_sidecar(sidecar)
    return tuple(found for name in ("safe_tx", "hashes") for found in diff_documents(made[name], claimed[name], name))


def check_blocks(file: SafeFile, sight: Sight) -> Check:
    """Check that the blocks that the sidecar names are on these chains."""
    code, what, sidecar = "blocks", "blocks of the sidecar are on these chains", file.sidecar
    if sidecar is None:
        return skip(code, what, NO_SIDECAR)
    named = (("l1", sidecar.l1, sight.blocks[0], sight.heads[0]), ("l2", sidecar.l2, sight.blocks[1], sight.heads[1]))
    wrong = [found for name, claim, block, head in named for found in _compare_block(name, claim, block, head)]
    if wrong:
        return judge_fields(code, what, wrong)
    unseen = [name.upper() for name, claim, block, _ in named if claim is not None and block is None]
    if unseen:
        return skip(code, what, f"{' and '.join(unseen)} not read, or the header is not served")
    return judge_fields(code, what, ())


def _compare_block(
    name: str, claim: BlockRef | None, block: BlockRef | None, head: BlockRef | None
) -> Iterator[Mismatch]:
    if claim is None or head is None:
        return
    if block is None and claim.number > head.number:
        yield Mismatch(f"blocks.{name}.number", f"{head.number} or less", str(claim.number))
    for field in ("number", "hash", "timestamp") if block else ():
        expected, found = str(getattr(block, field)), str(getattr(claim, field))
        if expected.lower() != found:
            yield Mismatch(f"blocks.{name}.{field}", expected, found)


def _differing_safe(file: SafeFile, sight: Sight) -> Iterator[Mismatch]:
    sidecar, state = file.sidecar, sight.state
    address = sight.safe.address
    if sight.configured not in (None, address):
        yield Mismatch("meta.createdFromSafeAddress", f"{sight.configured}, the multisig of the settings", address)
    if state is None:
        found = "a contract that is none" if sight.safe.has_code else "no contract"
        yield Mismatch("meta.createdFromSafeAddress", f"a Safe on chain {sight.chain_id}", f"{address}, {found}")
    if sidecar is None:
        return
    yield from _differing([("safe.address", address, sidecar.safe)])
    if state is not None:
        yield from _differing(
            [
                ("safe.version", state.version, sidecar.safe_version),
                ("safe.threshold", state.threshold, sidecar.threshold),
            ]
        )
        yield from diff_documents(list(state.owners), list(sidecar.owners), "safe.owners")


def _differing(named: Sequence[tuple[str, object, object]]) -> Iterator[Mismatch]:
    return (Mismatch(field, str(must), str(found)) for field, must, found in named if must != found)


def _compare_call(at: int, transaction: Transaction, setting: Setting, center: AttestationCenter) -> Iterator[Mismatch]:
    """Compare a call with what avsctl would write for it; an older spelling of the function is another call."""
    try:
        made = center.write(setting)
    except AvsctlError as error:
        yield Mismatch(f"transactions[{at}].data", "a call of this generation", str(error))
        return
    if made.data != transaction.data:
        yield Mismatch(f"transactions[{at}].data", f"0x{made.data.hex()}", f"0x{transaction.data.hex()}")


def _find_stray(
    at: int, transaction: Transaction, setting: Setting | None, center: AttestationCenter
) -> Iterator[Mismatch]:
    path = f"transactions[{at}]"
    if transaction.to != center.address:
        yield Mismatch(f"{path}.to", f"AttestationCenter {center.address}", transaction.to)
    elif setting is None:
        function = transaction.function
        found = function.signature if function else f"function 0x{transaction.data[:4].hex()}"
        yield Mismatch(f"{path}.data", "a call that changes a task definition", found)
    if transaction.value:
        yield Mismatch(f"{path}.value", "0", str(transaction.value))
