"""The words of the language: dimensions, problems, layers, values, reports."""
