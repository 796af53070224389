"""Lists that are empty as far as is known are no mistake: what fills them may not have been seen. Those written out are."""

from __future__ import annotations

import pytest

from dimlint import analyze

HEAD = "import keras\nimport numpy as np\nimport torch\nfrom keras import layers\nfrom torch import nn\nouts = []\n"
MAYBE = """
torch.cat(outs)
torch.stack(tuple(outs))
np.min(outs)
np.max(np.array(outs))
np.array(outs).max()
np.concatenate(outs) + np.zeros(3)
torch.cat((torch.tensor(outs), torch.zeros(2, 5))) @ torch.zeros(4, 2)
layers.Concatenate()(outs)
layers.concatenate(outs)
keras.ops.stack(outs)
"""
SURELY = """
torch.cat([])
torch.stack(())
np.min([])
np.array([]).max()
layers.Concatenate()([])
torch.cat((torch.tensor([]), torch.zeros(2, 5))) @ torch.zeros(4, 2)
nn.Linear(3, 4)(torch.zeros(len(outs) + 2))
"""


def findings(line: str) -> int:
    report = analyze(HEAD + line + "\n")
    assert report.failure is None
    return len(report.findings)


@pytest.mark.parametrize("line", MAYBE.split("\n")[1:-1])
def test_a_list_that_may_be_filled_unseen_is_no_mistake(line: str) -> None:
    assert findings(line) == 0


@pytest.mark.parametrize("line", SURELY.split("\n")[1:-1])
def test_what_is_written_out_is(line: str) -> None:
    assert findings(line) == 1


def test_a_list_that_was_filled_is_known() -> None:
    assert findings("outs.append(torch.zeros(3))\nnn.Linear(4, 1)(torch.cat(outs))") == 1
