"""The recorded relations of classes are those of the installed packages."""

from __future__ import annotations

import pytest

from tests.test_relations import TABLE

pytestmark = pytest.mark.oracle


def test_the_table_is_up_to_date() -> None:
    from tests.oracle.relations import real_relations

    for package, table in real_relations().items():
        differing = {name for name in table.keys() | TABLE[package].keys() if table.get(name) != TABLE[package].get(name)}
        assert not differing, f"record fixtures/relations.json again: {package} {sorted(differing)[:20]}"
