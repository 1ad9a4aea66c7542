"""TFDS builder of EyePACS, the Kaggle diabetic retinopathy competition's."""
