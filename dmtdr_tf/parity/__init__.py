"""Compares exported models with the Keras model."""
