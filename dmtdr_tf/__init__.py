"""DeepMT-DR: diabetic retinopathy grading from low-resolution photographs."""

__version__ = "0.1.0"
