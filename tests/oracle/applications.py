"""Record what Keras' own models are made of: ``python -m tests.oracle.applications > fixtures/zoo/keras.jsonl``.

One row for each call of a function of ``keras/src/applications``: its file and expression, the input, the output, the numbers of
parameters, and every layer in Keras' order with its name, class and output shape, the layers of nested models as ``outer/inner``.
"""

from __future__ import annotations

import gc
import inspect
import json
from collections.abc import Iterator
from typing import Any

FILES = """convnext densenet efficientnet efficientnet_v2 inception_resnet_v2 inception_v3 mobilenet mobilenet_v2 mobilenet_v3 nasnet
resnet resnet_v2 vgg16 vgg19 xception"""
HEADLESS = ("include_top=False", "include_top=False, input_shape=(96, 128, 3), pooling='avg'", "classes=10, classifier_activation=None")
"""Other calls, made of the first function of each file."""
OTHERS = {
    "mobilenet": ["MobileNet(alpha=0.5, depth_multiplier=2, input_shape=(64, 64, 3), weights=None)"],
    "mobilenet_v2": ["MobileNetV2(alpha=0.35, include_top=False, input_shape=(96, 96, 3), weights=None)"],
    "mobilenet_v3": ["MobileNetV3Small(minimalistic=True, include_preprocessing=False, weights=None)"],
    "nasnet": ["NASNetMobile(include_top=False, input_shape=(64, 64, 3), weights=None)"],
    "efficientnet_v2": ["EfficientNetV2S(include_preprocessing=False, input_shape=(128, 128, 3), weights=None)"],
    "vgg16": ["VGG16(input_shape=(64, 64, 1), weights=None, classes=2)"],
}


def calls() -> Iterator[tuple[str, str]]:
    """Files and expressions."""
    from importlib import import_module

    for name in FILES.split():
        file = f"keras/src/applications/{name}.py"
        module = import_module(f"keras.src.applications.{name}")
        functions = [key for key, value in vars(module).items() if key[0].isupper() and inspect.isfunction(value) and _is_model(value)]
        functions = [key for key in functions if vars(module)[key].__module__ == module.__name__]
        yield from ((file, f"{key}(weights=None)") for key in functions)
        yield from ((file, f"{functions[0]}({options}, weights=None)") for options in HEADLESS)
        yield from ((file, text) for text in OTHERS.get(name, ()))


def _is_model(function: Any) -> bool:
    """Whether this is one of the functions that people call, not one of those that they share."""
    parameters = inspect.signature(function).parameters
    return "weights" in parameters and not set(parameters) & {"depths", "blocks", "stack_fn", "blocks_args", "width_coefficient"}


def row(file: str, expression: str) -> dict[str, Any]:
    """What Keras makes of one call."""
    from importlib import import_module

    import keras

    keras.backend.clear_session()
    module = import_module(file.removesuffix(".py").replace("/", "."))
    model = eval(expression, vars(module))
    return {
        "file": file,
        "entry": expression,
        "input": _shapes(model.inputs),
        "output": list(model.output.shape),
        "params": model.count_params(),
        "trainable": int(sum(_size(weight.shape) for weight in model.trainable_weights)),
        "layers": [list(item) for item in _leaves(model)],
    }


def _size(shape: Any) -> int:
    size = 1
    for axis in shape:
        size *= axis
    return size


def _shapes(tensors: Any) -> list[Any]:
    return [list(tensor.shape) for tensor in tensors]


def _leaves(model: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer, f"{prefix}{layer.name}/")
        elif not isinstance(layer, keras.layers.InputLayer):
            yield prefix + layer.name, type(layer).__name__, list(layer.output.shape)


if __name__ == "__main__":
    for call in calls():
        print(json.dumps(row(*call), separators=(",", ":")), flush=True)
        gc.collect()
