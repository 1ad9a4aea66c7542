"""The three subnets, and DeepMT-DR made of them."""
