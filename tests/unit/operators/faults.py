"""Faults of the embedded AWS, for as long as a test needs them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.local_aws.side_door import SideDoor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account


@contextmanager
def fault(account: Account, **rule: Any) -> Iterator[None]:
    """Have a rule in force; it must have struck in the end."""
    door = SideDoor(account.endpoint_url)
    added = door.add(**rule)
    try:
        yield
        assert door.hits(added), f"{rule} struck nothing"
    finally:
        door.call("DELETE", f"faults/{added}")
