"""The way of a photograph as TensorFlow operators, for exported models."""
