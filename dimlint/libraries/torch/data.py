"""Data sets and loaders: what one sample and one batch look like. Source: https://docs.pytorch.org/docs/stable/data.html.

How many batches there are is not known, nor the size of the last one, unless the number of samples is known and divides.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Callable

from dimlint.core.dim import Dim, never_equal, never_positive, unknown_dim
from dimlint.core.layer import ARGUMENT
from dimlint.core.problem import Problem, Undecided
from dimlint.core.results import Constructed
from dimlint.core.value import (
    Instance,
    LibraryClass,
    ListObject,
    Machine,
    Ref,
    Repeated,
    Tensor,
    Unknown,
    Value,
    is_size,
)
from dimlint.libraries.torch.arguments import MERGE
from dimlint.libraries.torch.collating import by_program, collate
from dimlint.libraries.torch.module import is_instance, torch
from dimlint.libraries.torch.tracing import export

INDEX = "which sample is asked for is not known"
BATCHES = "the number of batches is not known"


def attributes_of(machine: Machine, ref: Value) -> dict[str, Value]:
    """What a data set or loader holds. Raises Undecided."""
    held = machine.contents(ref) if isinstance(ref, Ref) else None
    if not isinstance(held, Instance):
        raise Undecided(ref.reason if isinstance(ref, Unknown) else "a data set is not known")
    return Constructed(held.attributes)


def hold(machine: Machine, self: Ref, **attributes: Value) -> None:
    """Put attributes into an object."""
    for name, value in attributes.items():
        machine.set_attribute(self, name, value)


def sample_of(machine: Machine, dataset: Value) -> Value:
    """A sample, whichever it is. Raises Undecided."""
    if isinstance(dataset, Tensor):
        return machine.get_item(dataset, 0, None)
    if isinstance(dataset, Ref):
        if isinstance(machine.contents(dataset), ListObject):
            return _any(machine, machine.elements(dataset))
        if is_instance(machine, dataset, "utils.data.IterableDataset"):
            raise Undecided("what a stream of samples gives is not followed")
        length = length_of(machine, dataset)
        index = unknown_dim("index", low=0, high=max(length - 1, 0) if length is not None else None, reason=INDEX)
        return machine.call(machine.attribute(dataset, "__getitem__"), (index,))
    raise Undecided(dataset.reason if isinstance(dataset, Unknown) else "a data set is not known")


def _any(machine: Machine, items: list[Value]) -> Value:
    """The sample of a list of samples that all look alike."""
    looks = [look(machine, item) for item in items]
    if not items or any(other != looks[0] for other in looks):
        raise Undecided("the samples of a data set differ")
    return items[0]


def look(machine: Machine, sample: Value) -> Value:
    """What is known of a sample, comparable."""
    plain = machine.plain(sample)
    if isinstance(plain, Tensor):
        return tuple(plain.shape)
    if isinstance(plain, (tuple, list)):
        return tuple(look(machine, item) for item in plain)
    return "number" if is_size(plain) or isinstance(plain, float) else id(sample)


def length_of(machine: Machine, dataset: Value) -> int | None:
    """The number of samples, if it is known."""
    try:
        found = machine.call(machine.lookup("builtins.len"), (dataset,)) if isinstance(dataset, (Ref, Tensor)) else None
    except Undecided:
        return None
    return found if isinstance(found, int) else None


def to_torch(machine: Machine, sample: Value) -> Value:
    """A sample without a batch axis: arrays become tensors."""
    if isinstance(sample, Tensor):
        return Tensor(sample.shape, "torch", sample.dtype) if sample.library == "numpy" else sample
    if isinstance(sample, tuple):
        return tuple(to_torch(machine, item) for item in sample)
    return sample


@torch.type("utils.data.Dataset")
class Dataset:
    """Base of data sets that a program defines."""

    def __add__(machine: Machine, self: Ref, other: Value) -> Value:
        return machine.call(machine.lookup("torch.utils.data.ConcatDataset"), ((self, other),))


@torch.type("utils.data.IterableDataset", bases=("utils.data.Dataset",))
class IterableDataset:
    """Base of data sets that are read one sample after the other."""


@torch.type("utils.data.TensorDataset", bases=("utils.data.Dataset",))
class TensorDataset:
    """Samples are the items of tensors along their first axis."""

    def __init__(machine: Machine, self: Ref, *tensors: Value) -> None:
        counts = [tensor.shape[0] for tensor in tensors if isinstance(tensor, Tensor) and tensor.shape.rank]
        if any(never_equal(count, counts[0]) for count in counts):
            raise Problem(MERGE, f"TensorDataset needs tensors of equal length, got {' and '.join(map(str, counts))} samples")
        hold(machine, self, tensors=tensors)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        return tuple(machine.get_item(tensor, index, None) for tensor in attributes_of(machine, self)["tensors"])

    def __len__(machine: Machine, self: Ref) -> Value:
        first = next(iter(attributes_of(machine, self)["tensors"]), None)
        if not isinstance(first, Tensor) or not first.shape.rank:
            raise Undecided("the number of samples is not known")
        return first.shape[0]


@torch.type("utils.data.Subset", bases=("utils.data.Dataset",))
class Subset:
    """Some samples of a data set."""

    def __init__(machine: Machine, self: Ref, dataset: Value, indices: Value) -> None:
        hold(machine, self, dataset=dataset, indices=indices)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        return sample_of(machine, attributes_of(machine, self)["dataset"])

    def __len__(machine: Machine, self: Ref) -> Value:
        indices = attributes_of(machine, self)["indices"]
        return machine.call(machine.lookup("builtins.len"), (indices,))


@torch.type("utils.data.StackDataset", bases=("utils.data.Dataset",))
@torch.type("utils.data.ChainDataset", bases=("utils.data.Dataset",))
@torch.type("utils.data.ConcatDataset", bases=("utils.data.Dataset",))
class ConcatDataset:
    """Data sets one after the other."""

    def __init__(machine: Machine, self: Ref, datasets: Value = (), *args: Value, **kwargs: Value) -> None:
        hold(machine, self, datasets=datasets)

    def __getitem__(machine: Machine, self: Ref, index: Value) -> Value:
        parts = machine.elements(attributes_of(machine, self)["datasets"])
        return _any(machine, [sample_of(machine, part) for part in parts])

    def __len__(machine: Machine, self: Ref) -> Value:
        lengths = [length_of(machine, part) for part in machine.elements(attributes_of(machine, self)["datasets"])]
        known = [length for length in lengths if length is not None]
        return sum(known) if len(known) == len(lengths) else unknown_dim("samples", low=0)


@torch.function("utils.data.random_split")
def random_split(machine: Machine, dataset: Value, lengths: Value, generator: Value = None) -> Value:
    """Parts of a data set, chosen at random: of the given sizes, or the given shares."""
    sizes = machine.plain(lengths)
    if not isinstance(sizes, (tuple, list)):
        raise Undecided(sizes.reason if isinstance(sizes, Unknown) else "the parts of a data set are not known")
    whole = all(map(is_size, sizes))
    total = length_of(machine, dataset)
    if whole and total is not None and never_equal(sum(sizes), total) and never_equal(sum(sizes), 1):  # 1 in all are shares
        raise Problem(ARGUMENT, f"random_split lengths must add up to the {total} samples, got {sum(sizes)}", blame="lengths")
    parts = []
    for size in sizes:
        indices: Value = range(size) if whole and isinstance(size, int) and size >= 0 else Unknown("which samples are chosen is not known")
        parts.append(machine.call(machine.lookup("torch.utils.data.Subset"), (dataset, indices)))
    return machine.new(ListObject(tuple(parts)))


@torch.type("utils.data.DataLoader")
class DataLoader:
    """Batches of a data set."""

    def __init__(
        machine: Machine,
        self: Ref,
        dataset: Value,
        batch_size: Value = 1,
        shuffle: Value = None,
        sampler: Value = None,
        batch_sampler: Value = None,
        num_workers: Value = 0,
        collate_fn: Value = None,
        pin_memory: Value = False,
        drop_last: Value = False,
        *args: Value,
        **kwargs: Value,
    ) -> None:
        if batch_sampler is None and is_size(batch_size) and never_positive(batch_size):
            raise Problem(ARGUMENT, f"DataLoader batch_size must be positive, got {batch_size}", blame="batch_size")
        hold(machine, self, dataset=dataset, batch_size=batch_size if batch_sampler is None else None, drop_last=drop_last)
        chosen = sampler is not None or batch_sampler is not None
        hold(machine, self, _chosen=chosen, _batches=batch_sampler is not None, collate_fn=collate_fn, sampler=sampler)

    def __iter__(machine: Machine, self: Ref) -> Value:
        return Repeated(BATCHES, _batch(machine, attributes_of(machine, self)))

    def __len__(machine: Machine, self: Ref) -> Value:
        held = attributes_of(machine, self)
        total, size = length_of(machine, held["dataset"]), held["batch_size"]
        if total is None or held["_chosen"] or not isinstance(size, int) or size < 1 or not isinstance(held["drop_last"], bool):
            return unknown_dim("batches", low=0, reason=BATCHES)
        return total // size if held["drop_last"] else -(-total // size)


def _batch(machine: Machine, held: dict[str, Value]) -> Value:
    """A batch, or Unknown."""
    try:
        sample = sample_of(machine, held["dataset"])
    except Undecided as undecided:
        return Unknown(undecided.reason)
    if held["collate_fn"] is not None:
        size = _size(machine, held) if held["batch_size"] is not None or held["_batches"] else None
        return by_program(machine, held["collate_fn"], lambda: sample_of(machine, held["dataset"]), size, held["batch_size"])
    if held["batch_size"] is None and not held["_batches"]:
        return to_torch(machine, sample)
    dataset = machine.contents(held["dataset"]) if isinstance(held["dataset"], Ref) else None
    whole = isinstance(dataset, Instance) and isinstance(dataset.cls, LibraryClass) and dataset.cls.library == "torchvision"
    return collate(machine, sample, _size(machine, held), whole=whole and not held["_chosen"])


def _size(machine: Machine, held: dict[str, Value]) -> Dim:
    """The size of a batch: that of all, or a symbol since the last one may be smaller."""
    size = held["batch_size"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        return unknown_dim("batch", low=1)
    if size == 1:
        return size
    if held["drop_last"] is True and not held["_chosen"]:
        return size
    total = None if held["_chosen"] else length_of(machine, held["dataset"])
    if total is not None and total > 0 and (total % size == 0 or total < size):
        return min(size, total)
    return unknown_dim("batch", low=1, high=size)


OBJECTS = """utils.data.Sampler utils.data.SequentialSampler utils.data.RandomSampler utils.data.SubsetRandomSampler
utils.data.WeightedRandomSampler utils.data.BatchSampler utils.data.distributed.DistributedSampler utils.data.DistributedSampler"""
WRITERS = "utils.tensorboard.SummaryWriter utils.tensorboard.writer.SummaryWriter utils.tensorboard.FileWriter"


def _init(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Arguments have no influence on shapes."""


def _lost(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> Value:
    """What is not followed."""
    return Unknown("an object of torch.utils is not followed")


def _nothing(machine: Machine, self: Ref, *args: Value, **kwargs: Value) -> None:
    """Has no influence on shapes."""


def _enter(machine: Machine, self: Ref) -> Value:
    """The object is its own context."""
    return self


def _declare(names: str, doc: str, **methods: Callable[..., object]) -> None:
    for name in names.split():
        torch.type(name)(type("Opaque", (), {"__doc__": doc, "__init__": _init, "__getattr__": _lost, **methods}))


_declare(OBJECTS, "The order in which samples are taken.", set_epoch=_nothing)


def _add_graph(machine: Machine, self: Ref, model: Value, input_to_model: Value = None, *args: Value, **kwargs: Value) -> None:
    """TensorBoard runs the model once, in evaluation mode."""
    if input_to_model is not None:
        export(machine, model, input_to_model)


_WRITTEN = "scalar scalars histogram image images figure text video audio embedding pr_curve hparams custom_scalars mesh tensor"
_METHODS = {f"add_{what}": _nothing for what in _WRITTEN.split()}
_declare(WRITERS, "Writes what TensorBoard shows.", __enter__=_enter, flush=_nothing, close=_nothing, add_graph=_add_graph, **_METHODS)


@torch.function("utils.data.get_worker_info", "utils.model_zoo.load_url", "hub.get_dir")
def outside(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """What comes from elsewhere."""
    return Unknown("what is loaded from elsewhere is not followed")


@torch.function("utils.data.default_collate", "utils.data.dataloader.default_collate")
def default_collate(machine: Machine, batch: Value) -> Value:
    """Samples put together. Raises Undecided."""
    samples = machine.elements(batch)
    return collate(machine, _any(machine, samples), len(samples))
