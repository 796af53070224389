"""The recorded signatures are those of the installed frameworks."""

from __future__ import annotations

import json

import pytest

from tests.test_signatures import TABLE

pytestmark = pytest.mark.oracle


def test_the_table_is_up_to_date() -> None:
    from tests.oracle.signatures import real_signatures

    for framework, table in json.loads(json.dumps(real_signatures())).items():
        recorded = TABLE[framework]
        differing = {name for name in table.keys() | recorded.keys() if table.get(name) != recorded.get(name)}
        assert not differing, f"record fixtures/signatures.json again: {framework} {sorted(differing)[:20]}"
