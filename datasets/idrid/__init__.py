"""TFDS builder of IDRiD, the Indian Diabetic Retinopathy Image Dataset."""

__all__: list[str] = []
