"""Data: from prepared records to batches, and checks of a data set."""

__all__: list[str] = []
