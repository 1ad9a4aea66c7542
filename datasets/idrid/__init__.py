"""TFDS builder of IDRiD, the Indian Diabetic Retinopathy Image Dataset."""
