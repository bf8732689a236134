"""Command line of the local stack."""

import argparse
import sys
from pathlib import Path

from config.stack.execute import execute
from config.stack.run import run
from config.stack.servers import StackError


def main() -> int:
    """Do what the arguments say and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.stack", description=__doc__)
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("run", help="Serve the demo in the foreground.")
    other = acts.add_parser("exec", help="Run a command beside throw-away servers.")
    other.add_argument("--demo", action="store_true", help="Fill the database with the demo first.")
    other.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    try:
        if arguments.act == "run":
            return run(root)
        return execute(root, [part for part in arguments.command if part != "--"], demo=arguments.demo)
    except StackError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
