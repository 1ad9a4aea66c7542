"""What a person looks at: overlays, results of a photograph, the report."""
