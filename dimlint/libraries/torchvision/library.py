"""The table of torchvision's names below ``datasets``, ``transforms`` and ``utils``."""

from __future__ import annotations

from dimlint.core.library import Library

ENUMERATIONS = {
    "InterpolationMode": "NEAREST NEAREST_EXACT BILINEAR BICUBIC BOX HAMMING LANCZOS",
    "AutoAugmentPolicy": "IMAGENET CIFAR10 SVHN",
}
LOST = "what torchvision gives here is not followed"


def canonical(name: str) -> str:
    """The declared name: ``transforms.Compose`` (an inner module) is ``Compose``, ``functional.resize`` stays."""
    if name.startswith(("functional.", "v2.functional.", "_functional_tensor.")):
        return "functional." + name.rpartition(".")[2]
    parts = name.split(".")
    return ".".join(parts[-2:]) if len(parts) > 1 and parts[-2] in ENUMERATIONS else parts[-1]


LIBRARY = Library(
    "torchvision",
    ("torchvision.transforms.v2", "torchvision.transforms", "torchvision.datasets", "torchvision.utils"),
    canonical,
    modules=tuple(f"{__package__}.{name}" for name in ("datasets", "geometry", "composing", "functional", "utils")),
)
LIBRARY.inert_reasons.add(LOST)

vision = LIBRARY
