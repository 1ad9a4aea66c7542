"""TFDS builder of DDR, a diabetic retinopathy data set from China."""

__all__: list[str] = []
