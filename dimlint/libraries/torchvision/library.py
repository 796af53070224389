"""The table of torchvision's names below ``datasets``, ``transforms`` and ``utils``."""

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.library import AnyClass, AnyFunction, Library, modules_of

ENUMERATIONS = {
    "InterpolationMode": "NEAREST NEAREST_EXACT BILINEAR BICUBIC BOX HAMMING LANCZOS",
    "AutoAugmentPolicy": "IMAGENET CIFAR10 SVHN",
}
LOST = "what torchvision gives here is not followed"


def canonical(name: str) -> str:
    """The declared name: ``transforms.Compose`` (an inner module) is ``Compose``, ``functional.resize`` stays."""
    if name.startswith(("functional.", "_functional_tensor.")):
        return "functional." + name.rpartition(".")[2]
    parts = name.split(".")
    return ".".join(parts[-2:]) if len(parts) > 1 and parts[-2] in ENUMERATIONS else parts[-1]


LIBRARY = Library(
    "torchvision",
    ("torchvision.transforms", "torchvision.datasets", "torchvision.utils"),
    canonical,
    modules=modules_of(__package__, "datasets geometry composing functional utils"),
)
MODERN = Library("torchvision.transforms.v2", ("torchvision.transforms.v2",), canonical, modules=LIBRARY.modules)
"""The second version of the transforms."""
LIBRARIES = (LIBRARY, MODERN)
for _library in LIBRARIES:
    _library.inert_reasons.add(LOST)

vision = LIBRARY
modern = MODERN


def both(*names: str) -> Callable[[AnyFunction], AnyFunction]:
    """Declare a function in both versions of the transforms."""

    def declare(body: AnyFunction) -> AnyFunction:
        for library in LIBRARIES:
            library.function(*names)(body)
        return body

    return declare


def both_types(*names: str, bases: tuple[str, ...] = ()) -> Callable[[AnyClass], AnyClass]:
    """Declare a class in both versions of the transforms."""

    def declare(cls: AnyClass) -> AnyClass:
        for library in LIBRARIES:
            library.type(*names, bases=bases)(cls)
        return cls

    return declare
