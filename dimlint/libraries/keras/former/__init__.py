"""Former versions of Keras: what they do otherwise than the declarations of today."""
