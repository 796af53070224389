"""Former versions of Keras: what they do otherwise than the declarations of today."""

from dimlint.libraries.keras.former import attention2, images2, layers2, versions, windows2

__all__ = ["attention2", "images2", "layers2", "versions", "windows2"]
