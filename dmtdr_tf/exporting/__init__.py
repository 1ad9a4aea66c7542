"""Writing a trained model for serving."""
