"""Let the trained language model write."""

from pathlib import Path

from day_09_sequence.src.checkpoint import load
from day_09_sequence.src.shakespeare import DAY, go_on
from introdl.figures import build_path
from introdl.script import Parser, at_least, positive, run


def main() -> None:
    """Read the checkpoint and go on with the prompt."""
    parser = Parser(description=__doc__)
    parser.add_argument("--prompt", default="VIOLA.\n", help="the text to go on with")
    parser.add_argument("--length", type=at_least(1), default=500, metavar="N",
                        help="characters to write (default 500)")  # fmt: skip
    parser.add_argument("--temperature", type=positive, default=0.8, metavar="T",
                        help="how bold to be (default 0.8)")  # fmt: skip
    parser.add_argument("--seed", type=at_least(0), default=0, metavar="N",
                        help="another seed writes another text (default 0)")  # fmt: skip
    parser.add_argument("--checkpoint", type=Path, metavar="FILE",
                        help="default build/day_09_sequence/checkpoint.npz")  # fmt: skip
    options = parser.parse_args()
    state = load(options.checkpoint or build_path(DAY, "checkpoint.npz"))
    text = go_on(state, options.prompt, options.length, options.temperature, options.seed)
    print(options.prompt + text)


if __name__ == "__main__":
    run(main)
