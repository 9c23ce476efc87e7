"""Strategies for values of any ABI type, and their encoding by eth_abi."""

from eth_abi import encode
from hypothesis import strategies as st

from avsctl.contracts.address import to_checksum
from avsctl.contracts.interfaces import Parameter

ADDRESSES = st.binary(min_size=20, max_size=20).map(to_checksum)


def values(parameter: Parameter):
    """Values of one parameter, as decoding gives them."""
    kind = parameter.kind
    if kind.endswith("]"):
        item, _, size = kind[:-1].rpartition("[")
        lengths = {"min_size": int(size), "max_size": int(size)} if size else {"max_size": 4}
        return st.lists(values(Parameter("", item, parameter.members)), **lengths).map(tuple)
    if parameter.members:
        return st.tuples(*map(values, parameter.members))
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    if kind.startswith("bytes") and kind != "bytes":
        return st.binary(min_size=int(kind[5:]), max_size=int(kind[5:]))
    return {"bool": st.booleans(), "address": ADDRESSES, "bytes": st.binary(max_size=70), "string": st.text()}[kind]


def calldata(interface, args):
    """Selector and arguments, as eth_abi writes them."""
    return interface.selector + encode(interface.kinds, args)
