"""Pictures of Pillow: opened, made, resized, cropped, turned. Source: https://pillow.readthedocs.io/en/stable/reference/Image.html."""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dimlint.core.dim import Dim, Shape
from dimlint.core.library import computed
from dimlint.core.problem import Undecided
from dimlint.core.results import UnknownAttribute
from dimlint.core.value import Instance, Machine, Ref, Tensor, Unknown, Value, is_size
from dimlint.libraries.imaging.library import MODES, PILLOW, any_size, picture, sides

LOST = "a picture is not followed"
SAME = """filter copy effect_spread transform alpha_composite"""
CHANGING = """putalpha draft seek thumbnail putpalette"""
"""What gives a picture another mode or size in place."""
TURNED = frozenset(["TRANSPOSE", "TRANSVERSE", "ROTATE_90", "ROTATE_270"])


def opened(machine: Machine, height: Dim, width: Dim) -> Value:
    """A picture whose mode is not known."""
    made = machine.call(machine.lookup("PIL.Image.Image"))
    held = machine.contents(made) if isinstance(made, Ref) else None
    if isinstance(held, Instance) and isinstance(made, Ref):
        machine.update(made, replace(held, attributes={"height": height, "width": width, "size": (width, height)}))
    return made


def resized(machine: Machine, image: Value, height: Dim, width: Dim) -> Value:
    """The picture with other sides."""
    if isinstance(image, Tensor):
        return Tensor(Shape(height, width, *image.shape[2:]), "pillow")
    return opened(machine, height, width)


def size_of(machine: Machine, image: Value) -> tuple[Dim, Dim]:
    """Height and width. Raises Undecided."""
    if isinstance(image, Tensor):
        height, width = _rows_and_columns(image)
        return height, width
    held = machine.contents(image) if isinstance(image, Ref) else None
    if not isinstance(held, Instance) or "height" not in held.attributes:
        raise Undecided(LOST)
    return held.attributes["height"], held.attributes["width"]


def _resize(machine: Machine, self: Value, size: Value, *args: Value, **kwargs: Value) -> Value:
    wanted = sides(machine.plain(size))
    width, height = wanted if wanted is not None else (any_size("width"), any_size("height"))
    return resized(machine, self, height, width)


def _crop(machine: Machine, self: Value, box: Value = None) -> Value:
    edges = machine.plain(box)
    if edges is None:
        return self
    if isinstance(edges, (tuple, list)) and len(edges) == 4 and all(map(is_size, edges)):
        return resized(machine, self, edges[3] - edges[1], edges[2] - edges[0])
    return resized(machine, self, any_size("height"), any_size("width"))


def _convert(machine: Machine, self: Value, mode: Value = None, *args: Value, **kwargs: Value) -> Value:
    if not isinstance(mode, str) or mode not in MODES:
        raise Undecided("the mode of a picture is not known")
    return picture(*size_of(machine, self), MODES[mode])


def _same(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return self


def _point(machine: Machine, self: Value, lut: Value, mode: Value = None) -> Value:
    return self if mode is None else _convert(machine, self, mode)


def _palette(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return picture(*size_of(machine, self), MODES["P"])


def _changed(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    if isinstance(self, Tensor):
        machine.forget_tensor(self, LOST)
    elif isinstance(self, Ref):
        machine.forget(self, LOST)


def _rotate(machine: Machine, self: Value, angle: Value, resample: Value = 0, expand: Value = 0, *args: Value, **kwargs: Value) -> Value:
    return self if expand in (0, False) else resized(machine, self, any_size("height"), any_size("width"))


def _transpose(machine: Machine, self: Value, method: Value) -> Value:
    height, width = size_of(machine, self)
    if not isinstance(method, str):
        raise Undecided("how a picture is transposed is not known")
    return resized(machine, self, width, height) if method in TURNED else self


def _nothing(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> None:
    return None


METHODS: dict[str, Callable[..., Value]] = {
    "resize": _resize, "crop": _crop, "convert": _convert, "rotate": _rotate, "transpose": _transpose, "save": _nothing, "show": _nothing,
    "close": _nothing, "load": _nothing, "verify": _nothing, "point": _point, "quantize": _palette, "remap_palette": _palette,
    **dict.fromkeys(SAME.split(), _same), **dict.fromkeys(CHANGING.split(), _changed),
}  # fmt: skip


def _lost(machine: Machine, self: Value, *args: Value, **kwargs: Value) -> Value:
    return Unknown(LOST)


def _enter(machine: Machine, self: Value) -> Value:
    return self


@computed
def _mode(machine: Machine, self: Ref) -> Value:
    """It is not known, but a program that asks for it may tell."""

    def note(machine: Machine, mode: Value) -> None:
        if isinstance(mode, str) and mode in MODES:
            machine.rebind(self, picture(*size_of(machine, self), MODES[mode]))

    return UnknownAttribute(LOST, note)


PILLOW.inert_reasons.add(LOST)
_BODY = {"__doc__": "A picture.", "__getattr__": _lost, "__enter__": _enter, "__exit__": _nothing, "mode": _mode, **METHODS}
PILLOW.type("Image.Image")(type("Image", (), _BODY))
for _name, _method in METHODS.items():
    PILLOW.function(f"Tensor.{_name}")(_method)


@PILLOW.function("Tensor.@size")
def size(machine: Machine, self: Tensor) -> Value:
    """Width and height."""
    return width(machine, self), height(machine, self)


@PILLOW.function("Tensor.@height")
def height(machine: Machine, self: Tensor) -> Value:
    """The number of rows."""
    return _rows_and_columns(self)[0]


@PILLOW.function("Tensor.@width")
def width(machine: Machine, self: Tensor) -> Value:
    """The number of columns."""
    return _rows_and_columns(self)[1]


def _rows_and_columns(self: Tensor) -> Shape:
    if self.shape.rank < 2:
        raise Undecided(f"an array of shape {self.shape} is no picture")
    return Shape(*self.shape[:2])


@PILLOW.function("Tensor.@mode", "Tensor.@format", "Tensor.@info", "Tensor.@filename")
def mode(machine: Machine, self: Tensor) -> Value:
    """What has no influence on shapes."""
    return Unknown(LOST)


@PILLOW.function("Image.open")
def open_image(machine: Machine, fp: Value, mode: Value = "r", formats: Value = None) -> Value:
    """A picture from a file."""
    return opened(machine, any_size("height"), any_size("width"))


@PILLOW.function("Image.new")
def new(machine: Machine, mode: Value, size: Value, color: Value = 0) -> Value:
    """An empty picture. Raises Undecided."""
    wanted = sides(machine.plain(size))
    if wanted is None or not isinstance(mode, str) or mode not in MODES:
        raise Undecided("the size of a picture is not known")
    return picture(wanted[1], wanted[0], MODES[mode])


@PILLOW.function("Image.fromarray")
def fromarray(machine: Machine, obj: Value, mode: Value = None) -> Value:
    """An array as a picture. Raises Undecided."""
    array = machine.plain(obj)
    if isinstance(array, Unknown) and isinstance(mode, str) and mode in MODES:
        return picture(any_size("height"), any_size("width"), MODES[mode])
    if not isinstance(array, Tensor) or array.shape.rank not in (2, 3):
        raise Undecided("the array of a picture is not known")
    if array.shape.rank == 3 and not isinstance(array.shape[2], int):
        raise Undecided("the channels of a picture are not known")
    return Tensor(Shape(*array.shape), "pillow")


for _name in TURNED | {"FLIP_LEFT_RIGHT", "FLIP_TOP_BOTTOM", "ROTATE_180"}:
    for _prefix in ("Image.", "Image.Transpose."):
        PILLOW.value(_prefix + _name, _name)


def _parts(names: Sequence[str], prefix: str) -> None:
    for index, name in enumerate(names):
        PILLOW.value(prefix + name, index)


_parts(("NEAREST", "LANCZOS", "BILINEAR", "BICUBIC", "BOX", "HAMMING"), "Image.")
_parts(("NEAREST", "LANCZOS", "BILINEAR", "BICUBIC", "BOX", "HAMMING"), "Image.Resampling.")
PILLOW.value("Image.ANTIALIAS", 1)
