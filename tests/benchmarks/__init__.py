"""What dimlint costs, as ratios; run by hand, nothing here is a test."""
