"""`python -m campaign`: runs the campaign, or renders its table."""

import argparse
import datetime
import pathlib
import subprocess
import sys

from campaign import table, tally
from campaign.journal import Journal
from campaign.parts import PARTS
from campaign.runner import run

RESULTS = pathlib.Path("runs/campaign/results.json")
PAGE = pathlib.Path("docs/reliability.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("--size", choices=("quick", "full"), default="quick")
    parser.add_argument("--part", choices=(*PARTS, "all"), default="all")
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--count", type=int, help="inputs of each part")
    parser.add_argument("--first", type=int, default=0, help="first input")
    parser.add_argument("--again", action="store_true", help="repeat parts")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    parser.add_argument("--render", action="store_true", help="the table only")
    return parser.parse_args()


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def main() -> int:
    """Returns 1 if an input was wrong, crashed, hung or was dropped."""
    arguments = _arguments()
    if arguments.render:
        table.render(tally.load(arguments.results), PAGE)
        return 0
    chosen = list(PARTS) if arguments.part == "all" else [arguments.part]
    failed = False
    for name in chosen:
        part = PARTS[name]
        count = arguments.count or getattr(part, arguments.size)
        key = {"commit": _commit(), "size": arguments.size, "count": count}
        key |= {"seed": arguments.seed, "first": arguments.first}
        result = tally.load(arguments.results).get(name, {})
        if arguments.again or any(result.get(k) != key[k] for k in key):
            shared = arguments.results.parent / "shared"
            shared.mkdir(parents=True, exist_ok=True)
            path = arguments.results.parent / f"{name}.jsonl"
            if arguments.again:
                path.unlink(missing_ok=True)
            journal = Journal(path, key)
            result = run(
                part,
                count,
                arguments.seed,
                shared.resolve(),
                arguments.first,
                journal,
            )
            result |= key | {"date": datetime.date.today().isoformat()}
            tally.save(arguments.results, name, result)
        print(name, result["counts"], f"{result['seconds']} s", flush=True)
        for failure in result["failures"][:20]:
            print("  ", *failure, flush=True)
        failed |= bool(result["failures"])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
