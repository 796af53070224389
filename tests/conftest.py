"""The laws draw the same examples on every run, so that a run can be repeated; ``HYPOTHESIS_PROFILE=random`` draws new ones."""

from __future__ import annotations

import os

import hypothesis

hypothesis.settings.register_profile("repeated", derandomize=True)
hypothesis.settings.register_profile("random", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeated"))
