"""What a comparison of powers will ask for, begun as soon as it can be guessed: a round less, and nothing believed."""

from typing import Any

from avsctl.chain.detect import Guess, guess
from avsctl.chain.layers import Layers
from avsctl.chain.queries.operators import l1_operator_calls, l2_id_calls
from avsctl.contracts.avs_governance import AvsGovernance
from avsctl.contracts.call import Call
from avsctl.contracts.obls import Obls
from avsctl.core.units import Address


def read_powers_ahead(layers: Layers, avs_governance: Address) -> list[Call[bytes]]:
    """Begin to read L1 and the time of the last sync, and give the calls of L2 to read with the next ones.

    Where too little can be guessed, none of it happens. A wrong guess costs time and requests, never the answer: all is
    read at the blocks of the layers, and what was not asked for here is asked for when it is needed.
    """
    guessed = guess(layers.l2)
    if guessed is None or layers.l1 is None:
        return []
    governance = AvsGovernance(avs_governance, guessed.generation)
    layers.l1.reader.read_ahead(
        [call.raw() for call in l1_operator_calls(governance, dict.fromkeys(guessed.operators))]
    )
    if guessed.last_commit_l2:
        layers.l2.reader.read_time_ahead(guessed.last_commit_l2)
    return [call.raw() for call in _l2_calls(guessed)]


def _l2_calls(guessed: Guess) -> list[Call[Any]]:
    return l2_id_calls(Obls(guessed.obls, guessed.generation), len(guessed.operators))
