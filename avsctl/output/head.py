"""What every screen begins with: the generation, the chains, the blocks that were read and their age."""

from datetime import UTC, datetime

from avsctl.core.chains import chain_name
from avsctl.core.deployment import BlockRef, Deployment
from avsctl.core.units import brief_e18, format_duration, format_e18
from avsctl.output.screen import Blank, Block, Line, Span, Style


def head_lines(deployment: Deployment, l1: BlockRef | None, l2: BlockRef, wall_time: int) -> tuple[Block, ...]:
    """Name generation and L2, then each block read with its time in UTC and its age by the machine's clock.

    A block may lie ahead of that clock.

    Args:
        deployment: what was read.
        l1: the block of L1, None where L1 was not read.
        l2: the block of L2.
        wall_time: Unix seconds of now, for the ages only.
    """
    first = Line(
        (
            Span(f"{deployment.generation.value.upper()} on {chain_name(deployment.l2_chain_id)}", Style.HEAD),
            Span(f"   {format_date(l2.timestamp)}", Style.DIM),
        )
    )
    blocks = [Line(_block_text("L1", l1, wall_time), Style.DIM)] if l1 else []
    return (first, *blocks, Line(_block_text("L2", l2, wall_time), Style.DIM), Blank())


def format_date(timestamp: int) -> str:
    """Write the day of a Unix time in UTC."""
    return _utc(timestamp).strftime("%Y-%m-%d")


def format_time(timestamp: int) -> str:
    """Write the time of day of a Unix time in UTC."""
    return _utc(timestamp).strftime("%H:%M:%SZ")


def format_moment(timestamp: int) -> str:
    """Write a Unix time in UTC, to the second."""
    return f"{format_date(timestamp)} {format_time(timestamp)}"


def power_span(value: int | None, *, signed: bool = False, style: Style = Style.PLAIN) -> Span:
    """Write a power in e18: exact, and at a terminal to four places, marked ``~`` where that is not exact."""
    if value is None:
        return Span("?", Style.CRITICAL)
    sign = "+" if signed and value > 0 else ""
    return Span(f"{sign}{format_e18(value)}", style, brief=_brief(value, sign))


def _brief(value: int, sign: str) -> str:
    text = brief_e18(value)
    return f"~{sign}{text[1:]}" if text.startswith("~") else f"{sign}{text}"


def _block_text(layer: str, block: BlockRef, wall_time: int) -> str:
    age = wall_time - block.timestamp
    told = f"{format_duration(-age)} ahead" if age < 0 else f"{format_duration(age)} old"
    return (
        f"{layer} {chain_name(block.chain_id)}  block {block.number}  {block.hash[:10]}..  "
        f"{format_moment(block.timestamp)}  {told}"
    )


def _utc(timestamp: int) -> datetime:
    return datetime.fromtimestamp(min(timestamp, 253_402_300_799), UTC)
