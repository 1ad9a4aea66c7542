"""The two stages of training."""
