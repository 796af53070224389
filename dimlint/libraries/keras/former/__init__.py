"""Former versions of Keras: what they do otherwise than the declarations of today."""

from dimlint.libraries.keras.former import arguments1, attention2, dialect, images2, layers1, layers2, local, merge1, versions, windows2

__all__ = ["arguments1", "attention2", "dialect", "images2", "layers1", "layers2", "local", "merge1", "versions", "windows2"]
