"""Orders arrive as they were sent."""

from __future__ import annotations

import os

import pytest

from include.local_aws.jobs.container.order import ContainerOrder, receive


def test_an_order_is_read_and_not_a_byte_more() -> None:
    """What follows an order on its line stays there."""
    order = ContainerOrder(argv=["a b", "é\n"], environment={"X": "1"}, working_directory="/")
    reading, writing = os.pipe()
    os.write(writing, order.encode() + b"T")

    assert receive(reading) == order
    assert os.read(reading, 10) == b"T"
    os.close(reading)
    os.close(writing)


def test_a_sender_that_is_gone_is_noticed() -> None:
    """Half an order is an error, not a wait."""
    reading, writing = os.pipe()
    os.write(writing, ContainerOrder(argv=[], environment={}, working_directory="/").encode()[:-1])
    os.close(writing)

    with pytest.raises(EOFError):
        receive(reading)
    os.close(reading)
