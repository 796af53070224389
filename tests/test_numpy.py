"""NumPy's arrays as shapes: programs give the shapes and numbers that NumPy gives, where NumPy is installed to ask."""

from __future__ import annotations

import pytest

from dimlint.core.dim import Shape, SymbolicDim
from dimlint.core.value import Tensor, Unknown
from tests.test_interpreter import run, value_of

PROGRAMS = [
    ("np.zeros((2, 3))", (2, 3)),
    ("np.ones(4)", (4,)),
    ("np.full((2, 1), 7.0)", (2, 1)),
    ("np.array([[1, 2, 3], [4, 5, 6]])", (2, 3)),
    ("np.arange(10)", (10,)),
    ("np.arange(2, 9, 3)", (3,)),
    ("np.arange(0, 1, 0.25)", (4,)),
    ("np.arange(5, 2)", (0,)),
    ("np.linspace(0, 1, 11)", (11,)),
    ("np.random.rand(3, 4)", (3, 4)),
    ("np.random.randn(2, 5)", (2, 5)),
    ("np.random.normal(size=(1, 28, 28, 1))", (1, 28, 28, 1)),
    ("np.random.uniform(0, 1, (2, 3))", (2, 3)),
    ("np.random.randint(0, 10, size=(8,))", (8,)),
    ("np.random.random((2, 2))", (2, 2)),
    ("np.eye(3)", (3, 3)),
    ("np.reshape(np.zeros((2, 6)), (3, -1))", (3, 4)),
    ("np.zeros((2, 6)).reshape(4, 3)", (4, 3)),
    ("np.zeros((2, 6)).reshape((-1, 1))", (12, 1)),
    ("np.zeros((60, 28, 28)).reshape(60, 28, 28, 1).astype('float32') / 255", (60, 28, 28, 1)),
    ("np.expand_dims(np.zeros((28, 28)), 0)", (1, 28, 28)),
    ("np.expand_dims(np.zeros((28, 28)), axis=-1)", (28, 28, 1)),
    ("np.expand_dims(np.zeros(3), (0, -1))", (1, 3, 1)),
    ("np.squeeze(np.zeros((1, 3, 1)))", (3,)),
    ("np.squeeze(np.zeros((1, 3, 1)), axis=0)", (3, 1)),
    ("np.transpose(np.zeros((1, 2, 3)), (0, 2, 1))", (1, 3, 2)),
    ("np.zeros((1, 2, 3)).transpose(2, 0, 1)", (3, 1, 2)),
    ("np.zeros((1, 2, 3)).T", (3, 2, 1)),
    ("np.swapaxes(np.zeros((1, 2, 3)), 0, -1)", (3, 2, 1)),
    ("np.moveaxis(np.zeros((1, 2, 3)), -1, 0)", (3, 1, 2)),
    ("np.concatenate([np.zeros((2, 3)), np.ones((4, 3))])", (6, 3)),
    ("np.concatenate((np.zeros((2, 3)), np.ones((2, 1))), axis=-1)", (2, 4)),
    ("np.stack([np.zeros((2, 3))] * 4)", (4, 2, 3)),
    ("np.stack([np.zeros((2, 3))] * 4, axis=-1)", (2, 3, 4)),
    ("np.vstack([np.zeros(3), np.zeros(3)])", (2, 3)),
    ("np.hstack([np.zeros((2, 3)), np.zeros((2, 1))])", (2, 4)),
    ("np.zeros((2, 3)) + np.zeros((1, 3))", (2, 3)),
    ("np.zeros((2, 1)) * np.zeros(3)", (2, 3)),
    ("1 - np.zeros((2, 1))", (2, 1)),
    ("-np.zeros((2, 1)) > 0", (2, 1)),
    ("np.zeros((2, 3)) @ np.zeros((3, 4))", (2, 4)),
    ("np.zeros((5, 4, 3))[1:3, :, 0]", (2, 4)),
    ("np.zeros((5, 4))[..., np.newaxis]", (5, 4, 1)),
    ("np.zeros((5, 4))[0]", (4,)),
    ("np.zeros((5, 4))[:, ::-1]", (5, 4)),
    ("np.sqrt(np.zeros((2, 3)))", (2, 3)),
    ("np.mean(np.zeros((2, 3)), axis=0)", (3,)),
    ("np.zeros((2, 3, 4)).sum(axis=(0, 2), keepdims=True)", (1, 3, 1)),
    ("np.argmax(np.zeros((2, 3)), axis=-1)", (2,)),
    ("np.where(np.zeros((2, 3)) > 0, 1.0, np.zeros(3))", (2, 3)),
    ("np.maximum(np.zeros((2, 3)), 0)", (2, 3)),
    ("np.clip(np.zeros((2, 3)), 0, 1)", (2, 3)),
    ("np.zeros((2, 3)).flatten()", (6,)),
    ("(np.ones((4, 3)) - np.ones((4, 3)).mean()) / np.random.rand()", (4, 3)),
    ("np.array([np.mean(np.zeros((2, 2, 2)), axis=0)] * 5)", (5, 2, 2)),
    ("np.zeros((10, 7))[np.random.randint(0, 10, 4)]", (4, 7)),
    ("np.zeros((10, 7))[np.random.permutation(10)[:3]]", (3, 7)),
    ("np.zeros((10, 7))[np.argmax(np.zeros(9))]", (7,)),
    ("np.eye(10)[np.zeros((5,), dtype=int)]", (5, 10)),
    ("np.eye(10)[[1, 2, 3]]", (3, 10)),
    ("np.zeros((5, 4, 3))[0, :, [1, 2]]", (2, 4)),
    ("np.zeros((5, 4, 3))[:, 0, [1, 2]]", (5, 2)),
    ("np.zeros(10)[-3::-2]", (4,)),
    ("np.random.RandomState(0).normal(size=(3, 4))", (3, 4)),
    ("np.random.default_rng(0).integers(0, 5, (3, 4))", (3, 4)),
    ("np.random.default_rng(0).choice(np.zeros((5, 2)), 3)", (3, 2)),
    ("np.array(np.zeros((2, 3)).tolist())", (2, 3)),
    ("np.ndarray((2, 3), dtype=np.float32)", (2, 3)),
    ("np.float32([[1, 2]])", (1, 2)),
    ("np.frombuffer(bytes(6), dtype=np.uint8).reshape(2, 3)", (2, 3)),
]
VALUES = [
    ("np.array([3, 32, 32])[1:]", [32, 32]),
    ("np.array((3, 32, 32))[::-1]", [32, 32, 3]),
    ("np.array([3, 32, 32])[[0, 2]]", [3, 32]),
    ("np.array([7, 9]) // 2", [3, 4]),
    ("1 + np.array([7, 9]) * np.array([1, 2])", [8, 19]),
    ("2 ** np.arange(4)", [1, 2, 4, 8]),
    ("np.floor(np.array([7, 9]) / 2).astype(int)", [3, 4]),
    ("np.ceil(np.array([1.5, 2.0]))", [2.0, 2.0]),
    ("np.arange(1, 2, 0.25)", [1.0, 1.25, 1.5, 1.75]),
    ("np.linspace(0, 1, 5)", [0.0, 0.25, 0.5, 0.75, 1.0]),
    ("np.linspace(1, 0, 4, endpoint=False)", [1.0, 0.75, 0.5, 0.25]),
    ("np.cumsum([2, 2, 6])", [2, 4, 10]),
    ("np.cumprod([2, 2, 6])", [2, 4, 24]),
    ("np.diff([0, 2, 6])", [2, 4]),
    ("np.concatenate([[1], np.array([2, 3])])", [1, 2, 3]),
    ("np.append([1, 2], 3)", [1, 2, 3]),
    ("np.append([1, 2], [3.5])", [1.0, 2.0, 3.5]),
    ("np.tile([1, 2], 2)", [1, 2, 1, 2]),
    ("np.repeat([1, 2], 2)", [1, 1, 2, 2]),
    ("np.flip(np.array([1, 2]))", [2, 1]),
    ("np.roll([1, 2, 3], 1)", [3, 1, 2]),
    ("np.sort([3, 1, 2])", [1, 2, 3]),
    ("np.ones(3)", [1.0, 1.0, 1.0]),
    ("np.full(2, 7)", [7, 7]),
    ("np.maximum([1, 5], 3)", [3, 5]),
    ("np.array_split(np.arange(5), 2)[0]", [0, 1, 2]),
    ("np.array([1, 2]).reshape(-1)", [1, 2]),
    ("-np.array([1, 2]) + np.array([1, 2]).copy()", None),
]
"""Vectors, and their elements as far as they are known."""
NUMBERS = [
    "int(np.prod(np.zeros((2, 3, 4)).shape[1:]))",
    "int(np.prod((4, 5)))",
    "int(np.prod([2, 3]))",
    "int(np.sum((4, 5)))",
    "int(np.max([4, 9, 2]))",
    "int(np.floor(7 / 2))",
    "int(np.ceil(7 / 2))",
    "int(np.log2(8))",
    "int(np.sqrt(50))",
    "np.zeros((2, 3)).ndim",
    "np.zeros((2, 3)).size",
    "np.zeros((2, 3)).shape",
    "len(np.zeros((2, 3)))",
    "np.shape([[1, 2], [3, 4]])",
    "int(np.int32(5)) + 1",
    "float(np.float32(0.5))",
    "np.newaxis is None",
    "np.array((3, 32, 32)).prod()",
    "np.array([2, 5, 3]).max() + np.array([2, 5]).min()",
    "np.array([2, 5, 3])[-1]",
    "np.sqrt(64).astype(int)",
    "np.prod((2, 3)).item()",
    "int(np.array([1, 2, 4]).mean() * 3)",
    "np.array([[1, 2], [3, 4]]).shape[::-1]",
    "tuple(np.array([8, 6]) // 2)",
    "[int(x) for x in np.linspace(0, 4, 5)]",
    "[i * 2 for i in np.arange(3)]",
    "np.cumsum([0, 2, 2])[-1]",
    "[len(part) for part in np.array_split(np.arange(10), 3)]",
    "max(np.array([1, 5, 3])), sum(np.array([1, 5, 3])), len(np.array([1, 5]))",
    "list(range(*np.array([0, 6, 2])))",
    "np.array([3, 4]).tolist()",
    "np.round(2.5), np.rint(3.5), np.trunc(2.7)",
    "np.array([1, 2]).argmax()",
    "int(np.log2(64)), int(np.sqrt(64))",
    "np.prod([]), np.sum(())",
    "np.broadcast_shapes((2, 1), (3,))",
    "np.random.permutation(5).shape + np.zeros((2, 3)).T.shape",
]
IN_PLACE = [
    "a[0] = 7\nresult = list(a)",
    "b = a\nb += 1\nresult = list(a)",
    "b = a[1:]\nb[0] = 7\nresult = list(a)",
    "a.sort()\nresult = list(a)",
    "np.random.shuffle(a)\nresult = sorted(list(a))",
    "c = np.copy(a)\nc[0] = 7\nresult = list(a)",
    "np.add(a, 1, out=a)\nresult = list(a)",
    "holder = [a]\nholder[0][1] = 7\nresult = list(a)",
    "def change(x):\n    x[0] = 7\nchange(a)\nresult = list(a)",
    "if u:\n    a[0] = 7\nelse:\n    a = np.array([3, 1, 2])\nresult = list(a)",
    "if not u:\n    a = np.array([3, 1, 2])\nelse:\n    a[0] = 7\nresult = list(a)",
    "n = a[0]\nfor i in range(u + 2):\n    n = a[0]\n    a[0] += 1\nresult = n",
    "a = a + 1\nresult = list(a)",
    "a += 1\nresult = list(a)",
    "a = np.array([1, 2])\nresult = list(a)",
]
"""What a program does to ``a``, a vector of known elements."""


def shape_of(expression: str) -> object:
    machine, unit = run(f"import numpy as np\nresult = {expression}")
    return machine.store.get((unit.scope.number, "result"))


@pytest.mark.parametrize(("expression", "expected"), PROGRAMS)
def test_shapes(expression: str, expected: tuple[int, ...]) -> None:
    found = shape_of(expression)
    assert isinstance(found, Tensor) and found.library == "numpy", found
    assert tuple(found.shape) == expected


@pytest.mark.parametrize("expression", NUMBERS)
def test_numbers(expression: str) -> None:
    numpy = pytest.importorskip("numpy")
    assert value_of(f"import numpy as np\nresult = {expression}") == eval(expression, {"np": numpy})


@pytest.mark.parametrize(("expression", "expected"), PROGRAMS)
def test_expectations_are_numpys(expression: str, expected: tuple[int, ...]) -> None:
    numpy = pytest.importorskip("numpy")
    assert eval(expression, {"np": numpy}).shape == expected


@pytest.mark.parametrize(
    "expression",
    [
        "np.zeros((2, 3)) == np.zeros((4, 3))",
        "np.load('x.npy')",
        "np.zeros((2, 3), unheard_of=1)",
        "np.array([[1, 2], [3]])",
        "np.zeros((2, 3)).unheard_of",
    ],
)
def test_not_known(expression: str) -> None:
    assert isinstance(shape_of(expression), Unknown)


@pytest.mark.parametrize(
    ("expression", "rule"),
    [
        ("np.zeros((2, 3)) + np.zeros((4, 3))", "merge-mismatch"),
        ("np.zeros((2, 3)) < np.zeros((4, 3))", "merge-mismatch"),
        ("np.zeros((2, 3)) @ np.zeros((4, 3))", "merge-mismatch"),
        ("np.concatenate([np.zeros((2, 3)), np.zeros((2, 4))])", "merge-mismatch"),
        ("np.zeros((2, 3)).reshape(5)", "reshape-mismatch"),
        ("np.zeros((2, 3)).sum(axis=2)", "rank-mismatch"),
        ("np.expand_dims(np.zeros(3), 5)", "rank-mismatch"),
        ("np.zeros((2, 3))[0, 0, 0]", "rank-mismatch"),
        ("np.zeros((2, 3))[5]", "invalid-layer-argument"),
        ("np.zeros((2, -1))", "invalid-layer-argument"),
        ("np.zeros((2, 3)).__setitem__(0, np.zeros(4))", "merge-mismatch"),
        ("np.zeros((2, 3)).__iadd__(np.zeros((4, 2, 3)))", "merge-mismatch"),
    ],
)
def test_refused(expression: str, rule: str) -> None:
    machine, _ = run(f"import numpy as np\nresult = {expression}")
    assert [discovery.problem.rule for discovery in machine.record.discoveries] == [rule]


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_values(expression: str, expected: list[float] | None) -> None:
    found = shape_of(expression)
    assert isinstance(found, Tensor)
    assert expected is None or (found.values is not None and list(found.values) == expected)


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_values_are_numpys(expression: str, expected: list[float] | None) -> None:
    numpy = pytest.importorskip("numpy")
    found = eval(expression, {"np": numpy}).tolist()
    assert expected is None or (found == expected and list(map(type, found)) == list(map(type, expected)))


@pytest.mark.parametrize("program", IN_PLACE)
def test_changes_in_place(program: str) -> None:
    """What a program computes is among what the analysis allows: what is changed in place is not known any more."""
    numpy = pytest.importorskip("numpy")
    machine, unit = run(f"import numpy as np\nu = int(input() == 'x')\na = np.array([3, 1, 2])\n{program}")
    found = machine.plain(machine.store.get((unit.scope.number, "result")))
    for u in (0, 1):
        scope = {"np": numpy, "u": u, "a": numpy.array([3, 1, 2])}
        exec(program, scope)
        assert all_allowed(found, scope["result"]), (found, scope["result"])


def all_allowed(found: object, real: object) -> bool:
    """Whether known values are the real ones."""
    if isinstance(found, list) and isinstance(real, list):
        return len(found) == len(real) and all(map(all_allowed, found, real))
    return isinstance(found, (Unknown, Tensor, SymbolicDim)) or found == real


def test_elements_stay_known() -> None:
    """What is not changed in place, or made after it, is known."""
    assert value_of("import numpy as np\na = np.zeros(3)\na[0] = 1\nb = np.array([1, 2])\nresult = list(b)") == [1, 2]
    program = "import numpy as np\na = np.array([1, 2])\nif len(a) > 1:\n    b = a * 2\nresult = list(a), list(b)"
    assert value_of(program) == ([1, 2], [2, 4])


def test_symbolic_sizes_survive() -> None:
    program = "import numpy as np\nx = np.frombuffer(open('f').read())\nn = len(x)\nresult = "
    for expression in ("np.prod((3, n, n)) - 3 * n * n", "np.array([3, n]).prod() - n * 3", "np.array([n, 4])[0] - n"):
        assert value_of(program + expression) == 0, expression
    assert value_of(program + "np.zeros((n, 4)).reshape(-1, 2).shape[0] - 2 * n") == 0


def test_numbers_beside_tensors() -> None:
    head = "import numpy as np\nimport torch\nt = torch.zeros(2, 3)\nresult = "
    for expression in ("np.random.rand() * t", "t * np.ones(3)", "np.mean(np.ones(3)) - t", "t / np.ones((4, 3)).std(axis=0)", "np.exp(t)"):
        machine, unit = run(head + expression)
        found = machine.store.get((unit.scope.number, "result"))
        assert isinstance(found, Tensor) and (found.library, tuple(found.shape)) == ("torch", (2, 3)), expression


def test_a_number_may_be_no_array() -> None:
    found = shape_of("isinstance(np.random.rand(3, 2).mean(), np.ndarray)")
    assert isinstance(found, Unknown)
    assert isinstance(shape_of("hasattr(3, 'item')"), Unknown)


def test_a_size_passes_through() -> None:
    assert shape_of("np.zeros((2, 3)).shape") == (2, 3)
    assert type(shape_of("np.zeros((2, 3)).shape")) is not Shape


def test_types_of_numpy_that_end_in_an_underscore_change_no_array() -> None:
    """``np.bool_(x)`` is a mask, and leaves ``x`` as it is."""
    for expression, rest in (("np.zeros((3, 4))[np.int_(np.ones(2))]", (2, 4)), ("np.zeros((3, 4))[np.bool_(np.ones(3))]", (4,))):
        found = shape_of(expression)
        assert isinstance(found, Tensor) and tuple(found.shape)[-len(rest) :] == rest, expression
