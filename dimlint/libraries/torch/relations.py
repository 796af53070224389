"""Which classes of PyTorch are below which others, where the declarations do not say so: they share no methods here.

Measured on the installed packages; ``fixtures/relations.json`` has them all, and ``tests/oracle/test_relations.py`` keeps it up to date.
"""

from __future__ import annotations

from dimlint.core.library import closed, related, relations
from dimlint.libraries.torch.library import torch

BELOW = {
    ("autograd.function.FunctionCtx", "autograd."): "Function",
    ("distributions.Gamma", "distributions."): "Chi2",
    ("distributions.OneHotCategorical", "distributions."): "OneHotCategoricalStraightThrough",
    ("distributions.TransformedDistribution", "distributions."): (
        "Gumbel HalfCauchy HalfNormal InverseGamma Kumaraswamy LogNormal Pareto Weibull"
    ),
    ("nn.ConstantPad1d", "nn."): "ZeroPad1d",
    ("nn.ConstantPad2d", "nn."): "ZeroPad2d",
    ("nn.ConstantPad3d", "nn."): "ZeroPad3d",
    ("nn.Conv1d", "nn."): "LazyConv1d",
    ("nn.Conv2d", "nn."): "LazyConv2d",
    ("nn.Conv3d", "nn."): "LazyConv3d",
    ("nn.ConvTranspose1d", "nn."): "LazyConvTranspose1d",
    ("nn.ConvTranspose2d", "nn."): "LazyConvTranspose2d",
    ("nn.ConvTranspose3d", "nn."): "LazyConvTranspose3d",
    ("nn.Hardtanh", "nn."): "ReLU6",
    ("nn.Linear", "nn."): "LazyLinear",
    ("nn.Upsample", "nn."): "UpsamplingBilinear2d UpsamplingNearest2d",
    ("utils.data.IterableDataset", "utils.data."): "ChainDataset",
    ("utils.data.Sampler", "utils.data."): (
        "BatchSampler DistributedSampler RandomSampler SequentialSampler SubsetRandomSampler WeightedRandomSampler"
    ),
}
"""Name of a class and package of others -> those of them that are its subclasses."""
torch.subclasses |= {("nn.Module._modules", "dict"), ("nn.Module._parameters", "dict")}
torch.perhaps_subclasses |= {("nn.Module._modules", "OrderedDict"), ("nn.Module._parameters", "OrderedDict")}
torch.subclasses |= closed(relations(BELOW) | related(["utils.data.DistributedSampler utils.data.distributed.DistributedSampler"]))
