"""``gravity-lint completion``: what makes a shell complete commands, options and rules.

The script is made from the parsers, and from the rules of the linter's own pack: a shell
that completes starts no Python. A library would have to be told all of this again.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator, Sequence

from gravity_lint.cli import COMMANDS
from gravity_lint.cli.arguments import Parser
from gravity_lint.cli.output import opened

_PROGRAM = "gravity-lint"
_RULE_OPTIONS = ("--select", "--extend-select", "--ignore", "--fixable", "--unfixable")
_RULE_COMMANDS = ("explain", "rules")


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint completion",
        "Prints a script that makes a shell complete gravity-lint.",
        'bash:  eval "$(gravity-lint completion bash)"   in ~/.bashrc\n'
        'zsh:   eval "$(gravity-lint completion zsh)"    in ~/.zshrc, behind compinit\n'
        "fish:  gravity-lint completion fish > ~/.config/fish/completions/gravity-lint.fish",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    with opened(None) as stream:
        lines = _fish() if options.shell == "fish" else _bash(options.shell)
        stream.writelines(f"{line}\n" for line in lines)
    return 0


def _bash(shell: str) -> Iterator[str]:
    if shell == "zsh":
        yield "autoload -U +X bashcompinit && bashcompinit"
    yield "_gravity_lint() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"'
    yield '    local command="${COMP_WORDS[1]}" words=""'
    yield "    COMPREPLY=()"
    yield f'    [[ " {" ".join(COMMANDS)} " == *" $command "* ]] || command=check'
    yield f'    local rules="{" ".join(_rules())}"'
    yield '    case "$command $before" in'
    for command in COMMANDS:
        for action in _options(command):
            values = _values(action)
            if values:
                spelled = "|".join(f'"{command} {name}"' for name in action.option_strings)
                yield f'        {spelled}) words="{values}" ;;'
    yield "    esac"
    yield '    if [[ -z "$words" ]]; then case "$command $word" in'
    for command in COMMANDS:
        names = [name for action in _options(command) for name in action.option_strings]
        yield f'        "{command} -"*) words="{" ".join(names)}" ;;'
    for command in _RULE_COMMANDS:
        yield f'        "{command} "*) words="$rules" ;;'
    yield f'        "completion "*) words="{" ".join(_choices(parser_of(), "shell"))}" ;;'
    yield "    esac; fi"
    yield (f'    [[ $COMP_CWORD == 1 && "$word" != -* ]] && words="$words {" ".join(COMMANDS)}"')
    yield '    if [[ -n "$words" ]]; then'
    yield '        local prefix=""'
    yield '        [[ "$word" == *,* ]] && prefix="${word%,*},"'
    yield '        COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "${word##*,}"))'
    yield "    fi"
    yield "}"
    yield f"complete -o default -o bashdefault -F _gravity_lint {_PROGRAM}"


def _fish() -> Iterator[str]:
    yield f"complete -c {_PROGRAM} -n __fish_use_subcommand -a '{' '.join(COMMANDS)}'"
    named = " ".join(COMMANDS)
    for command in COMMANDS:
        seen = f"__fish_seen_subcommand_from {command}"
        when = f"not __fish_seen_subcommand_from {named}; or {seen}" if command == "check" else seen
        for action in _options(command):
            told = [
                f"-l {x[2:]}" if x.startswith("--") else f"-s {x[1:]}"
                for x in action.option_strings
            ]
            values = _values(action).replace("$rules", " ".join(_rules()))
            value = f" -x -a '{values}'" if values else "" if action.nargs == 0 else " -r"
            words = (action.help or "").replace("'", "").replace("%%", "%")
            yield f"complete -c {_PROGRAM} -n '{when}' {' '.join(told)}{value} -d '{words}'"
    for command in _RULE_COMMANDS:
        seen = f"__fish_seen_subcommand_from {command}"
        yield f"complete -c {_PROGRAM} -f -n '{seen}' -a '{' '.join(_rules())}'"
    shells = " ".join(_choices(parser_of(), "shell"))
    yield f"complete -c {_PROGRAM} -f -n '__fish_seen_subcommand_from completion' -a '{shells}'"


def _options(command: str) -> Sequence[argparse.Action]:
    """Return the options of *command*."""
    home = "check" if command == "hook" else command.replace("-", "_")
    module = importlib.import_module(f"gravity_lint.cli.{home}")
    parser: argparse.ArgumentParser = module.parser_of()
    return [action for action in parser._actions if action.option_strings]


def _spelled(option: str) -> str:
    """Return *option* as fish declares it."""
    return f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"


def _values(action: argparse.Action) -> str:
    """Return the words that may follow *action*; nothing: a file or whatever there is."""
    if any(name in _RULE_OPTIONS for name in action.option_strings):
        return "$rules ALL"
    return " ".join(map(str, action.choices or ()))


def _choices(parser: Parser, name: str) -> Sequence[str]:
    return next(list(action.choices or ()) for action in parser._actions if action.dest == name)


def _rules() -> list[str]:
    from gravity_lint.installed import OWN_PACKS
    from gravity_lint.running.packs import load_rules

    rules = load_rules(OWN_PACKS)
    return [rule.code for rule in rules] + [rule.name for rule in rules]
