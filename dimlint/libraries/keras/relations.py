"""Which classes of Keras are below which others, where the declarations do not say so: they share no methods here.

Measured on the installed packages; ``fixtures/relations.json`` has them all, and ``tests/oracle/test_relations.py`` keeps it up to date.
"""

from __future__ import annotations

from dimlint.core.library import closed, related, relations
from dimlint.libraries.keras.library import LIBRARY

BELOW = {
    ("initializers.VarianceScaling", "initializers."): "GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform",
    ("layers.Dropout", "layers."): "SpatialDropout1D SpatialDropout2D SpatialDropout3D",
    ("layers.Embedding", "layers."): "ReversibleEmbedding",
    ("layers.JaxLayer", "layers."): "FlaxLayer",
    ("layers.Layer", "metrics."): "MeanRelativeError MeanTensor",
    ("layers.RNN", "layers."): "ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM SimpleRNN",
    ("metrics.FBetaScore", "metrics."): "F1Score",
    ("metrics.IoU", "metrics."): "BinaryIoU MeanIoU OneHotIoU",
    ("metrics.Mean", "metrics."): "MeanMetricWrapper MeanRelativeError RootMeanSquaredError",
    ("metrics.MeanIoU", "metrics."): "OneHotMeanIoU",
    ("metrics.MeanMetricWrapper", "metrics."): (
        "Accuracy BinaryAccuracy BinaryCrossentropy CategoricalAccuracy CategoricalCrossentropy CategoricalHinge "
        "ConcordanceCorrelation CosineSimilarity Hinge KLDivergence LogCoshError MeanAbsoluteError "
        "MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError PearsonCorrelation Poisson "
        "SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SquaredHinge "
        "TopKCategoricalAccuracy"
    ),
    ("utils.PyDataset", "preprocessing.image."): "DirectoryIterator Iterator NumpyArrayIterator",
    ("utils.PyDataset", "preprocessing.sequence."): "TimeseriesGenerator",
}
"""Name of a class and package of others -> those of them that are its subclasses."""
WAVERING = {
    ("layers.Attention", "layers."): "AdditiveAttention",
    ("layers.Conv1D", "layers."): "Conv1DTranspose",
    ("layers.Conv2D", "layers."): "Conv2DTranspose",
    ("layers.Conv3D", "layers."): "Conv3DTranspose",
    ("layers.Wrapper", "layers."): "Bidirectional",
    ("optimizers.Adam", "optimizers."): "AdamW",
}
"""Those that are its subclasses in some versions of Keras."""
TWINS = (
    "constraints.MaxNorm constraints.max_norm",
    "constraints.MinMaxNorm constraints.min_max_norm",
    "constraints.NonNeg constraints.non_neg",
    "constraints.RadialConstraint constraints.radial_constraint",
    "constraints.UnitNorm constraints.unit_norm",
    "initializers.Constant initializers.constant",
    "initializers.GlorotNormal initializers.glorot_normal",
    "initializers.GlorotUniform initializers.glorot_uniform",
    "initializers.HeNormal initializers.he_normal",
    "initializers.HeUniform initializers.he_uniform",
    "initializers.Identity initializers.IdentityInitializer initializers.identity",
    "initializers.LecunNormal initializers.lecun_normal",
    "initializers.LecunUniform initializers.lecun_uniform",
    "initializers.Ones initializers.ones",
    "initializers.Orthogonal initializers.OrthogonalInitializer initializers.orthogonal",
    "initializers.RandomNormal initializers.random_normal",
    "initializers.RandomUniform initializers.random_uniform",
    "initializers.STFT initializers.STFTInitializer initializers.stft",
    "initializers.TruncatedNormal initializers.truncated_normal",
    "initializers.VarianceScaling initializers.variance_scaling",
    "initializers.Zeros initializers.zeros",
    "regularizers.L1 regularizers.l1",
    "regularizers.L1L2 regularizers.l1_l2",
    "regularizers.L2 regularizers.l2",
    "regularizers.OrthogonalRegularizer regularizers.orthogonal_regularizer",
)
"""Names of the same class."""

LIBRARY.subclasses |= closed(relations(BELOW) | related(TWINS))
LIBRARY.perhaps_subclasses |= relations(WAVERING)
LIBRARY.perhaps_subclasses |= {(name, "layers.Layer") for name in LIBRARY.declared if name.startswith("metrics.")}
