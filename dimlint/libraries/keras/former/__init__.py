"""Former versions of Keras: what they do otherwise than the declarations of today."""

from dimlint.libraries.keras.former import images2, layers2, versions, windows2

__all__ = ["images2", "layers2", "versions", "windows2"]
