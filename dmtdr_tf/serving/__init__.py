"""An exported model behind gRPC and REST, and a client of both."""
