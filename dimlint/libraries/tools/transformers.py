"""``transformers``: configurations are bags of attributes. Source: https://huggingface.co/docs/transformers."""

# mypy: disable-error-code="misc, override"

from __future__ import annotations

from dimlint.core.problem import Undecided
from dimlint.core.value import Machine, Ref, Unknown, Value
from dimlint.libraries.tools.library import TRANSFORMERS


@TRANSFORMERS.type("PretrainedConfig", "PreTrainedConfig", "configuration_utils.PretrainedConfig")
class PretrainedConfig:
    """Keeps the arguments that it is given as attributes. It has more, with defaults that depend on the version."""

    def __init__(machine: Machine, self: Ref, /, **kwargs: Value) -> None:
        for name, value in kwargs.items():
            machine.set_attribute(self, name, value)

    def __getattr__(machine: Machine, self: Ref, name: str) -> Value:
        raise Undecided(f"the attribute {name} of a configuration is not known")

    def to_dict(machine: Machine, self: Ref) -> Value:
        return Unknown("the attributes of a configuration are not all known")

    def update(machine: Machine, self: Ref, config_dict: Value) -> None:
        machine.forget(self, "a configuration was changed")
