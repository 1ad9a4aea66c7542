"""How DeepMT-DR learns: objectives, updates and validation figures."""
