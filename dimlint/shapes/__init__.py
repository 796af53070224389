"""Pure functions from shapes to shapes; no framework names."""
