"""Properties that are computed once."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

from dimlint.core.once import once


class Sum:
    def __init__(self, part: Any, meeting: Barrier) -> None:
        self.part = part
        self.meeting = meeting
        self.times = 0

    @once
    def total(self) -> int:
        self.times += 1
        if self.part is None:
            return 1
        self.meeting.wait(10)
        return 1 + int(self.part.total)


class Product(Sum):
    @once
    def total(self) -> int:
        self.times += 1
        if self.part is None:
            return 2
        self.meeting.wait(10)
        return 2 * int(self.part.total)


def test_it_is_computed_once() -> None:
    one = Sum(None, Barrier(1))
    assert (one.total, one.total, one.times) == (1, 1, 1)


def test_two_threads_do_not_wait_for_each_other() -> None:
    meeting = Barrier(2)
    asked = [Sum(Product(None, meeting), meeting), Product(Sum(None, meeting), meeting)]
    threads = [Thread(target=lambda item=item: item.total, daemon=True) for item in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [vars(item).get("total") for item in asked] == [3, 2]
