"""NumPy's arrays as shapes: programs give the shapes and numbers that NumPy gives, where NumPy is installed to ask."""

from __future__ import annotations

import pytest

from dimlint.core.dim import Shape
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
]
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
]


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
        "np.zeros((2, -1))",
        "np.zeros(int(input()) - 5)",
        "np.arange(input())",
        "np.zeros((2, 3))[5]",
        "np.zeros((2, 3)) == np.zeros((4, 3))",
        "np.zeros((2, 3)) @ np.zeros((4, 3))",
        "np.expand_dims(np.zeros(3), 5)",
        "np.load('x.npy')",
        "np.zeros((2, 3), unheard_of=1)",
        "np.mean(np.zeros((2, 3)))",
        "np.random.rand()",
    ],
)
def test_not_known(expression: str) -> None:
    assert isinstance(shape_of(expression), Unknown)


def test_a_size_passes_through() -> None:
    assert shape_of("np.zeros((2, 3)).shape") == (2, 3)
    assert type(shape_of("np.zeros((2, 3)).shape")) is not Shape
