"""The parts of the campaign and their sizes."""

import dataclasses

__all__ = ["PARTS", "Part"]


@dataclasses.dataclass(frozen=True)
class Part:
    """One part of the campaign.

    Args:
        module: The module whose `make_judge` judges its inputs.
        quick: Number of inputs of a quick campaign.
        full: Number of inputs of a full campaign.
        limit: Seconds for one input.
        workers: Processes at once.
        about: What the part feeds to what, for the table.
    """

    module: str
    quick: int
    full: int
    limit: float
    workers: int
    about: str


PARTS = {
    "photographs": Part(
        "campaign.photographs", 400, 10_000, 60, 2, "files, Python and graph"
    ),
    "tables": Part("campaign.tables", 150, 1_000, 30, 1, "photographs.csv"),
    "masks": Part("campaign.masks", 60, 500, 30, 1, "lesion masks"),
    "configurations": Part(
        "campaign.configurations", 150, 1_000, 30, 1, "config.json"
    ),
    "workdirs": Part(
        "campaign.workdirs",
        90,
        600,
        30,
        1,
        "metrics.jsonl, resume.npz, presets",
    ),
    "folders": Part(
        "campaign.folders", 2, 20, 300, 1, "predict a folder of 13 files"
    ),
    "requests": Part(
        "campaign.requests", 150, 2_000, 90, 1, "REST and gRPC requests"
    ),
    "attacks": Part("campaign.attacks", 5, 10, 180, 1, "attacks on a server"),
    "training": Part("campaign.kills_training", 1, 20, 900, 1, "SIGKILL"),
    "builds": Part("campaign.kills_builds", 1, 20, 900, 1, "SIGKILL"),
    "exports": Part("campaign.kills_exports", 1, 20, 900, 1, "SIGKILL"),
    "disks": Part("campaign.disks", 2, 20, 300, 1, "full disks"),
    "soak": Part("campaign.soak", 200, 5_000, 90, 1, "good requests in a row"),
}
