"""From a photograph to the input of the model."""
