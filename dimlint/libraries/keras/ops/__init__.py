"""Functions on tensors: ``keras.ops``, ``keras.random``, ``keras.activations``, ``keras.losses``. Source: https://keras.io/api/ops."""
