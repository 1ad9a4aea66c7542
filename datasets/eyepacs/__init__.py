"""TFDS builder of EyePACS, from the Kaggle competition of 2015."""

__all__: list[str] = []
