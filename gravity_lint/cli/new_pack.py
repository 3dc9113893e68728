"""``gravity-lint new-pack``: a project for rules of one's own."""

from pathlib import Path

from gravity_lint.cli.arguments import Parser
from gravity_lint.cli.output import opened
from gravity_lint.reporting.text import shown_path


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint new-pack",
        "Begins a rule pack: a project with one rule, its cases and its page, which can be"
        " installed beside the linter.",
    )
    parser.add_argument("directory", type=Path, metavar="DIRECTORY", help="where it shall lie")
    parser.add_argument(
        "--package", default="", metavar="NAME", help="how it is imported (default: as DIRECTORY)"
    )
    parser.add_argument(
        "--letters",
        default="",
        metavar="ABC",
        help="with which its codes begin: two or three (default: those of the package)",
    )
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)

    from gravity_lint.scaffolding.writing import new_pack

    files = new_pack(options.directory, options.package, options.letters)
    where = shown_path(str(options.directory.absolute()))
    then = "pip install --editable '.[dev]'; pytest"
    with opened(None) as stream:
        stream.writelines(f"{shown_path(str(file.absolute()))}\n" for file in files)
        stream.write(f"\nNext: cd {where}; {then}. README.md tells the rest.\n")
    return 0
