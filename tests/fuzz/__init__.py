"""Programs nobody wrote, and whether dimlint bears them: ``python -m tests.fuzz``."""
