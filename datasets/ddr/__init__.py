"""TFDS builder of DDR, a data set for diabetic retinopathy."""
