"""Losses of class numbers, label sets and label sequences.

https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from __future__ import annotations

from dimlint.core.binding import to_shape
from dimlint.core.dim import Dim, Shape, always_equal, always_positive, never_equal, never_positive, product
from dimlint.core.layer import ARGUMENT, Field, Layer, dim, flag, ignored, number, plain, refuse, unify
from dimlint.core.problem import Problem, Undecided, doubt
from dimlint.core.results import classes_of
from dimlint.core.value import Tensor, Unknown, Value, is_size
from dimlint.libraries.torch.arguments import CHANNELS, FEATURES, MERGE, NONPOSITIVE, refuse_rank, twin
from dimlint.libraries.torch.loss import PAIR, TARGET, Loss, numbered, require_shape, weights_argument
from dimlint.libraries.torch.module import torch
from dimlint.shapes.select import INTEGERS


class ClassLoss(Loss):
    """A loss of class numbers, with one weight for each class if weights are given."""

    def require_weight(self, classes: Dim, input: Shape, *, flat: bool) -> None:
        """As many weights as classes, in a vector if ``flat``."""
        weight = self.given("weight")
        if weight is None:
            return
        message = f"{self.label} needs one weight for each of the {classes} classes of the input {input}, got a weight of shape {weight}"
        if flat and weight.rank != 1:
            raise Problem(MERGE, message, blame="weight")
        unify(product(weight), classes, MERGE, message, blame="weight")

    def require_classes(self, input: Shape, target: Value) -> None:
        """As many classes as the labels of a known data set have."""
        known = classes_of(target) if isinstance(target, Tensor) else None
        given = input[0] if input.rank == 1 else input[1] if input.rank else None
        if known is not None and isinstance(given, int) and given < known:
            message = f"{self.label} of the input {input} has {given} classes, but the labels of the data set go up to {known - 1}"
            raise Problem(TARGET, message)

    def of_classes(self, input: Shape, target: Shape, *, flat: bool = False) -> Shape:
        """The target is the input without its class axis; without a batch, it is one number."""
        if input.rank == 0:
            raise refuse_rank(self.label, "an input of at least 1 dimension", input)
        classes = input[0] if input.rank == 1 else input[1]
        wanted = Shape() if input.rank == 1 else Shape(input[0], *input[2:])
        if input.rank > 1 or target.rank != 1 or never_equal(target[0], 1):
            message = f"{self.label} of the input {input} needs a target of class numbers {wanted}, got {target}"
            require_shape(target, wanted, message, TARGET)
        elif not always_equal(target[0], 1):
            doubt(f"whether the target {target} is a single number is not known")
        if never_positive(classes) and all(map(always_positive, target)):
            if getattr(self, "ignore_index", None) not in (None, -100):
                raise Undecided("whether all targets are to be ignored is not known")
            raise Problem(NONPOSITIVE, f"{self.label} input {input} has no class that a target could name")
        self.require_weight(classes, input, flat=input.rank < 3 or (flat and all(map(always_positive, input))))
        return self.reduced(wanted)


class EntropyLoss(ClassLoss):
    """Cross entropy: (N, C, *) and class numbers (N, *), or probabilities of the same shape."""

    label_smoothing: Value

    def entropy(self, input: Shape, target: Value) -> Shape:
        """The loss of logits."""
        smoothing = self.label_smoothing
        if isinstance(smoothing, (int, float)) and smoothing > 1:
            raise Problem(ARGUMENT, f"{self.label} label_smoothing must be at most 1, got {smoothing}", blame="label_smoothing")
        shape = to_shape(target, "target")
        if shape.rank != input.rank or any(map(never_equal, input, shape)) or input.rank == 0:
            smooth = isinstance(smoothing, (int, float)) and smoothing > 0
            if smooth and input.rank == shape.rank == 1:
                raise refuse_rank(self.label, f"a 0-d target with label_smoothing, for the input {input}", shape)
            self.require_classes(input, target)
            return self.of_classes(input, shape, flat=smooth)
        if not all(map(always_equal, input, shape)):
            doubt(f"whether the target {shape} fits the input {input} is not known")
        elif isinstance(target, Tensor) and target.dtype in INTEGERS:
            message = f"{self.label} of an input and a target of the same shape {input} needs probabilities, got a target of whole numbers"
            raise Problem(TARGET, f"{message}. Needs class numbers without the class axis, or target.float()")
        self.require_weight(input[0] if input.rank == 1 else input[1], input, flat=True)
        return self.reduced(Shape() if input.rank == 1 else Shape(input[0], *input[2:]))


@torch.layer("nn.NLLLoss", "nn.NLLLoss2d")
class NLLLoss(ClassLoss):
    """Negative log-likelihood: (N, C, *) and class numbers (N, *)."""

    weight: Value = weights_argument()
    size_average: Value = plain(None)
    ignore_index: Value = ignored(-100)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Value) -> Shape:
        shape = to_shape(target, "target")
        self.require_classes(input, target)
        return self.of_classes(input, shape)


@torch.layer("nn.CrossEntropyLoss")
class CrossEntropyLoss(EntropyLoss):
    """Cross entropy: (N, C, *) and class numbers (N, *), or probabilities of the same shape."""

    weight: Value = weights_argument()
    size_average: Value = plain(None)
    ignore_index: Value = ignored(-100)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")
    label_smoothing: Value = number(0.0)

    def output(self, input: Shape, target: Value) -> Shape:
        return self.entropy(input, target)


def out_features_argument() -> Field:
    """A tuple of sizes."""

    def convert(value: Value, owner: type[Layer], name: str) -> object:
        if isinstance(value, Unknown) or (isinstance(value, (tuple, list)) and all(map(is_size, value))):
            return value if isinstance(value, Unknown) else tuple(value)
        if value is None or isinstance(value, (int, float, str)):
            raise refuse(owner, name, "a tuple of sizes", value)
        return Unknown(f"{name} is not a known tuple of sizes")

    return Field(convert, (), True)


@torch.layer("nn.LinearCrossEntropyLoss")
class LinearCrossEntropyLoss(EntropyLoss):
    """Cross entropy of a linear map: (N, in_features) and class numbers (N, *out_features)."""

    in_features: Dim = dim()
    num_classes: Dim = dim()
    out_features: Value = out_features_argument()
    bias: bool = flag(False, keyword=True)
    device: object = ignored(keyword=True)
    dtype: object = ignored(keyword=True)
    reduction: Value = plain("mean", keyword=True)
    weight: Value = weights_argument(keyword=True)
    ignore_index: Value = plain(None, keyword=True)
    label_smoothing: Value = number(0.0, keyword=True)
    options: Value = plain(None, keyword=True)

    def check(self) -> None:
        for name in ("in_features", "num_classes"):
            size = getattr(self, name)
            if isinstance(size, int) and size < 0:
                raise Problem(ARGUMENT, f"{self.label} {name} must not be negative, got {size}", blame=name)
        smoothing = self.label_smoothing
        if isinstance(smoothing, (int, float)) and not 0 <= smoothing <= 1:
            raise Problem(ARGUMENT, f"{self.label} label_smoothing must be between 0 and 1, got {smoothing}", blame="label_smoothing")
        weight = self.given("weight")
        if weight is not None:
            require_shape(weight, Shape(self.num_classes), f"{self.label} needs a weight of {self.num_classes} values, got {weight}")

    def output(self, input: Shape, target: Value) -> Shape:
        if isinstance(self.out_features, Unknown) or self.options is not None:
            raise Undecided(f"options or out_features of {self.label} are not followed")
        return self.of_logits(input, target, self.in_features, Shape(self.num_classes, *self.out_features))

    def of_logits(self, input: Shape, target: Value, features: Dim, classes: Shape) -> Shape:
        """The cross entropy of the input mapped to ``classes``: the number of classes and the axes behind it."""
        if input.rank not in (1, 2):
            raise refuse_rank(self.label, "an input (in_features,) or (N, in_features)", input)
        message = f"{self.label} has in_features={features}, but the last axis of the input {input} is {input[-1]}"
        unify(input[-1], features, FEATURES, message, blame="in_features")
        if classes.rank > 1 and input.rank == 1:
            raise refuse_rank(self.label, "a batch (N, in_features) for out_features", input)
        logits = Shape(*input[:-1], *classes)
        shape = to_shape(target, "target")
        same = shape.rank == logits.rank and all(map(always_equal, shape, logits))
        if same and is_size(self.ignore_index):
            raise Problem(ARGUMENT, f"{self.label} ignore_index goes with class numbers only, not with probabilities", blame="ignore_index")
        return self.entropy(logits, target)

    def weights(self, x: Shape) -> dict[str, Shape]:
        if isinstance(self.out_features, Unknown):
            raise Undecided(self.out_features.reason)
        rows = product((self.num_classes, *self.out_features))
        return {"linear.weight": Shape(rows, self.in_features)} | ({"linear.bias": Shape(rows)} if self.bias else {})


class Frames(ClassLoss):
    """Losses of at most one batch axis: (N, C), (C,) or a scalar."""

    def frames(self, input: Shape) -> tuple[Dim, Dim]:
        """How many samples and how many classes there are."""
        if input.rank > 2:
            raise refuse_rank(self.label, "an input (N, C) or (C,)", input)
        if input.rank and never_positive(input[-1]):
            raise Problem(NONPOSITIVE, f"{self.label} input {input} has no classes")
        return input[0] if input.rank == 2 else 1, input[-1] if input.rank else 1


@torch.layer("nn.MultiMarginLoss")
class MultiMarginLoss(Frames):
    """Hinge loss of classes: (N, C) and class numbers (N,)."""

    p: Value = number(1)
    margin: Value = number(1.0)
    weight: Value = weights_argument()
    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def check(self) -> None:
        if isinstance(self.p, (int, float)) and self.p not in (1, 2):
            raise Problem(ARGUMENT, f"{self.label} p must be 1 or 2, got {self.p}", blame="p")
        if isinstance(self.weight, Tensor) and self.weight.shape.rank != 1:
            raise Problem(ARGUMENT, f"{self.label} needs a weight of 1 dimension, got {self.weight.shape}", blame="weight")

    def output(self, input: Shape, target: Shape) -> Shape:
        samples, classes = self.frames(input)
        message = f"{self.label} of the input {input} needs {samples} class numbers, got {target}"
        if target.rank > 1:
            raise Problem(TARGET, message)
        unify(product(target), samples, TARGET, message)
        self.require_weight(classes, input, flat=True)
        return self.reduced(target)


@torch.layer("nn.MultiLabelMarginLoss")
class MultiLabelMarginLoss(Frames):
    """Hinge loss of label sets: (N, C) and label numbers (N, C)."""

    size_average: Value = plain(None)
    reduce: Value = plain(None)
    reduction: Value = plain("mean")

    def output(self, input: Shape, target: Shape) -> Shape:
        samples, classes = self.frames(input)
        message = f"{self.label} needs a target as large as its input {input}, got {target}"
        if input.rank == 2:
            require_shape(target, input, message, TARGET)
            return self.reduced(Shape(samples))
        if target.rank > 1:
            raise Problem(TARGET, message)
        unify(product(target), classes, TARGET, message)
        return self.reduced(Shape())


@torch.layer("nn.CTCLoss")
class CTCLoss(Loss):
    """Loss of unaligned label sequences: log-probabilities (T, N, C) or (T, C), labels (N, S) or all in one row, and their lengths."""

    blank: Value = number(0)
    reduction: Value = plain("mean")
    zero_infinity: bool = flag(False)

    def output(self, log_probs: Shape, targets: Shape, input_lengths: Value, target_lengths: Value) -> Shape:
        if log_probs.rank not in (2, 3):
            raise refuse_rank(self.label, "log-probabilities (T, N, C) or (T, C)", log_probs)
        if any(map(never_positive, log_probs)):
            raise Problem(NONPOSITIVE, f"{self.label} log-probabilities {log_probs} are empty")
        batch: Dim = log_probs[1] if log_probs.rank == 3 else 1
        if isinstance(self.blank, int) and (self.blank < 0 or never_positive(log_probs[-1] - self.blank)):
            raise Problem(ARGUMENT, f"{self.label} blank={self.blank} is none of the {log_probs[-1]} classes", blame="blank")
        if targets.rank not in (1, 2):
            raise refuse_rank(self.label, "targets (N, S) or (sum of the target lengths,)", targets)
        if targets.rank == 2:
            unify(targets[0], batch, TARGET, f"{self.label} has {batch} sequences of log-probabilities, but {targets[0]} of targets")
        self.require_lengths("input_lengths", input_lengths, target_lengths, batch, log_probs[0])
        self.require_lengths("target_lengths", target_lengths, input_lengths, batch, targets[1] if targets.rank == 2 else None)
        known = isinstance(target_lengths, (tuple, list)) and all(map(is_size, target_lengths))
        if targets.rank == 1 and known:
            total = sum(target_lengths)
            unify(targets[0], total, TARGET, f"{self.label} has {targets[0]} labels, but the target lengths add up to {total}")
        return self.reduced(Shape(batch) if log_probs.rank == 3 else Shape())

    def require_lengths(self, name: str, lengths: Value, others: Value, batch: Dim, most: Dim | None) -> None:
        """One length for each sequence, none above the most; both kinds of lengths are tensors, or neither is."""
        if isinstance(lengths, Unknown) or isinstance(others, Unknown):
            doubt(f"{name} of {self.label} are not known")
            return
        if isinstance(lengths, Tensor) and isinstance(others, Tensor):
            count = product(lengths.shape)
        elif isinstance(lengths, (tuple, list)) and isinstance(others, (tuple, list)):
            count = len(lengths)
        else:
            raise Problem(ARGUMENT, f"{self.label} needs two tensors or two sequences of integers as lengths", blame=name)
        unify(count, batch, MERGE, f"{self.label} needs one of {name} for each of the {batch} sequences, got {count}")
        for length in lengths if isinstance(lengths, (tuple, list)) else ():
            if most is not None and isinstance(length, int) and isinstance(most, int) and length > most:
                raise Problem(CHANNELS, f"{self.label} {name} has {length}, but there are {most} positions at most", blame=name)


twin(("nn.functional.nll_loss",), NLLLoss, inputs=PAIR)
twin(("nn.functional.cross_entropy",), CrossEntropyLoss, inputs=PAIR)
twin(("nn.functional.multi_margin_loss",), MultiMarginLoss, inputs=PAIR)
twin(("nn.functional.multilabel_margin_loss",), MultiLabelMarginLoss, inputs=PAIR)
_SEQUENCES = ("log_probs", "targets", "input_lengths", "target_lengths")
twin(("nn.functional.ctc_loss",), CTCLoss, inputs=_SEQUENCES)
numbered("ctc_loss", CTCLoss, order=("blank", "reduction", "zero_infinity"), inputs=_SEQUENCES)


class LinearEntropy(LinearCrossEntropyLoss):
    """The function, which looks at its arguments only as the cross entropy does."""

    def check(self) -> None:
        """Nothing: what is wrong with an argument, the cross entropy refuses."""


LinearEntropy.label = "linear_cross_entropy"


@torch.function("nn.functional.linear_cross_entropy")
def linear_cross_entropy(
    input: Shape, linear_weight: Shape, target: Value, *, linear_bias: Value = None, options: Value = None, **settings: Value
) -> Shape:
    """Cross entropy of a linear map by a weight (num_classes, *out_features, in_features)."""
    if linear_weight.rank < 2:
        raise refuse_rank("linear_cross_entropy", "a linear_weight of at least 2 dimensions", linear_weight)
    classes = Shape(*linear_weight[:-1])
    if isinstance(linear_bias, (Tensor, Unknown)):
        bias = to_shape(linear_bias, "linear_bias")
        require_shape(bias, classes, f"linear_cross_entropy needs a linear_bias of shape {classes}, got {bias}")
    if options is not None:
        raise Undecided("options of linear_cross_entropy are not followed")
    loss = LinearEntropy.bind((linear_weight[-1], classes[0]), settings)
    assert isinstance(loss, LinearEntropy)
    return loss.of_logits(input, target, linear_weight[-1], classes)
