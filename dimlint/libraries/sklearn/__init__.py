"""scikit-learn as far as it prepares data: splits, scalers, data sets. Source: https://scikit-learn.org/stable/api."""

from __future__ import annotations

from dimlint.libraries.sklearn.library import LIBRARY

__all__ = ["LIBRARY"]
