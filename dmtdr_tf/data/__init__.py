"""From records to batches: field of view, degradation, augmentation."""
