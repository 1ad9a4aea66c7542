"""TFDS builder of a user's own folder of photographs."""

__all__: list[str] = []
