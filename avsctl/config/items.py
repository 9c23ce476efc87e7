"""The form of a setting with several items: ``value,value``, or ``chain@value,chain@value`` for several L2s."""

from collections.abc import Iterable
from dataclasses import dataclass

from avsctl.config.env_file import Found
from avsctl.config.sources import Sources, malformed
from avsctl.core.chains import chain_name, parse_chain


@dataclass(frozen=True)
class Choice:
    """The chain that is meant, and the setting that says so."""

    chain_id: int
    found: Found


@dataclass(frozen=True)
class Item:
    """One item, with its place in the setting for messages."""

    chain_id: int | None
    """None where nothing stands before it."""
    text: str
    place: str
    """Empty where there is only one."""

    def __repr__(self) -> str:
        return f"Item({self.chain_id}{self.place})"


@dataclass(frozen=True)
class Items:
    """All items of one setting; either each has a chain or none."""

    found: Found
    items: tuple[Item, ...]

    @property
    def chain_ids(self) -> tuple[int, ...]:
        """The chains, each once."""
        return tuple(dict.fromkeys(item.chain_id for item in self.items if item.chain_id is not None))

    def pick(self, choice: Choice | None) -> tuple[Item, ...]:
        """Give the items for a chain; those without a chain are for any.

        Raises:
            ConfigError: there is none for it, or it is not known which chain is meant.
        """
        if not self.chain_ids:
            return self.items
        picked = tuple(item for item in self.items if choice and item.chain_id == choice.chain_id)
        if picked:
            return picked
        has = f"it has {list_chains(self.chain_ids)}"
        if choice is None:
            raise malformed(self.found, f"has an item for each chain, and no setting says which is meant: {has}")
        meant = f"{chain_name(choice.chain_id)}, which {choice.found.name} ({choice.found.origin}) means"
        raise malformed(self.found, f"expected an item for {meant}; {has}")


def find_items(sources: Sources, name: str) -> Items | None:
    """Give the items of a setting, None where it is not set; raises ConfigError as ``split_items`` does."""
    found = sources.find(name)
    return None if found is None else split_items(found)


def split_items(found: Found) -> Items:
    """Split a setting at its commas, and each item at its first ``@`` when a chain stands before it.

    Raises:
        ConfigError: nothing is in it, nothing follows an ``@``, or some items have a chain and some have none.
    """
    texts = [text for text in map(str.strip, found.text.split(",")) if text]
    items = [_split(text, f", item {at}" if len(texts) > 1 else "") for at, text in enumerate(texts, 1)]
    if not items or not all(item.text for item in items):
        raise malformed(found, "expected VALUE, or CHAIN@VALUE, or several of them between commas")
    if len({item.chain_id is None for item in items}) > 1:
        raise malformed(found, "expected a chain and an @ before every item, or before none")
    return Items(found, tuple(items))


def read_chains(found: Found) -> tuple[int, ...]:
    """Read a setting that names one chain or several, each once.

    Raises:
        ConfigError: something in it is neither a chain id nor the name of a chain.
    """
    chain_ids = try_chains(found)
    if not chain_ids:
        raise malformed(found, "expected a chain id such as 8453, or a name such as mainnet, base or base-sepolia")
    return chain_ids


def try_chains(found: Found) -> tuple[int, ...]:
    """Read chains as ``read_chains`` does, but give none where something is wrong."""
    parsed = [parse_chain(text) for text in map(str.strip, found.text.split(",")) if text]
    known = tuple(dict.fromkeys(chain_id for chain_id in parsed if chain_id is not None))
    return () if None in parsed else known


def list_chains(chain_ids: Iterable[int]) -> str:
    """Write chains for a message."""
    return ", ".join(map(chain_name, chain_ids))


def _split(text: str, place: str) -> Item:
    before, separator, after = text.partition("@")
    chain_id = parse_chain(before.strip()) if separator else None
    return Item(None, text, place) if chain_id is None else Item(chain_id, after.strip(), place)
