"""Transforms made of transforms, and those that a program defines: ``Compose``, ``RandomApply``, ``Lambda``.

Source: https://docs.pytorch.org/vision/stable/transforms.html.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.torch.data import attributes_of, hold, look
from dimlint.libraries.torchvision.library import both_types


def _each(machine: Machine, self: Ref) -> list[Value]:
    return machine.elements(attributes_of(machine, self)["transforms"])


@both_types("Compose")
class Compose:
    """Transforms one after the other."""

    def __init__(machine: Machine, self: Ref, transforms: Value) -> None:
        hold(machine, self, transforms=transforms)

    def __call__(machine: Machine, self: Ref, *images: Value) -> Value:
        given: tuple[Value, ...] = images
        for transform in _each(machine, self):
            result = machine.call(transform, given)
            if isinstance(result, Unknown):
                return result
            given = result if isinstance(result, tuple) and len(images) > 1 else (result,)
        return given[0] if len(given) == 1 else given


def _agreed(machine: Machine, results: list[Value]) -> Value:
    """What all of them look like. Raises Undecided."""
    looks = [look(machine, result) for result in results]
    if not looks or any(other != looks[0] for other in looks):
        raise Undecided("which transform is applied is left to chance, and their results differ")
    return results[0]


@both_types("RandomApply", bases=("Compose",))
class RandomApply:
    """Transforms one after the other, or none."""

    def __init__(machine: Machine, self: Ref, transforms: Value, p: Value = 0.5) -> None:
        hold(machine, self, transforms=transforms)

    def __call__(machine: Machine, self: Ref, image: Value) -> Value:
        result = Compose.__call__(machine, self, image)
        return _agreed(machine, [image, result])


@both_types("RandomChoice", bases=("Compose",))
class RandomChoice:
    """One of several transforms."""

    def __init__(machine: Machine, self: Ref, transforms: Value, p: Value = None) -> None:
        hold(machine, self, transforms=transforms)

    def __call__(machine: Machine, self: Ref, image: Value) -> Value:
        return _agreed(machine, [machine.call(transform, (image,)) for transform in _each(machine, self)])


@both_types("RandomOrder", bases=("Compose",))
class RandomOrder:
    """Transforms in any order."""

    def __call__(machine: Machine, self: Ref, image: Value) -> Value:
        results = [machine.call(transform, (image,)) for transform in _each(machine, self)]
        return _agreed(machine, [image, *results])


@both_types("Lambda")
class Lambda:
    """A function of the program."""

    def __init__(machine: Machine, self: Ref, lambd: Value, *types: Value) -> None:
        hold(machine, self, lambd=lambd)

    def __call__(machine: Machine, self: Ref, image: Value) -> Value:
        return machine.call(attributes_of(machine, self)["lambd"], (image,))


@both_types("Transform")
class Transform:
    """Base of the program's own transforms: ``transform`` does the work."""

    def __init__(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
        """Arguments have no influence on shapes."""

    def __call__(machine: Machine, self: Ref, *images: Value) -> Value:
        raise Undecided("a transform of the program's own is not followed")
