"""The command line: every study a page shows, from the same functions.

``--json`` prints one JSON object on stdout and nothing else there; progress and notes go to stderr. Exit code 0, or 2 with one
sentence on stderr. Commands are loaded when they are named, so that ``--help`` does not wait for torch.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import warnings
from typing import Any, NoReturn

import click

from hypviz import __version__
from hypviz.errors import HypvizError

COMMANDS = {
    "models": "The models on this machine, and small ones worth trying.",
    "model": "What a model costs to load, and what it is.",
    "disk": "Lay a vocabulary out in the Poincaré disk.",
    "frequency": "Token frequency against embedding norm, with a power-law fit.",
    "delta": "Relative delta-hyperbolicity per prompt, with its nulls.",
    "finetune": "Fine-tune LoRA and HypLoRA, matched and with a control.",
    "generate": "Answer one prompt with the base model and its adapters.",
    "evaluate": "Count right and wrong answers over a problem set.",
    "exchange": "Mark what lm-evaluation-harness logged, and compare it row by row.",
    "difference": "What a fine-tuned model changed of its base, tensor by tensor.",
    "export-lora": "Turn a HypLoRA adapter into the nearest plain LoRA.",
    "problems": "Print a bundled problem set as JSON lines.",
}
HIDDEN = ("showcase",)


class LazyCommands(click.Group):
    """A group whose commands live in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The ``command`` of ``hypviz.cli.<name>``, or None for an unknown name."""
        return importlib.import_module(f"hypviz.cli.{cmd_name.replace('-', '_')}").command if cmd_name in (*COMMANDS, *HIDDEN) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without loading any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """As click's own, but a mistake in the command line is one sentence too."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except click.ClickException as error:
            click.echo(f"hypviz: {_sentence(error)}", err=True)
            sys.exit(2)
        except click.Abort:
            click.echo("hypviz: Stopped.", err=True)
            sys.exit(2)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a `HypvizError` becomes one sentence on stderr and exit code 2."""
        try:
            return super().invoke(ctx)
        except HypvizError as error:
            click.echo(f"hypviz: {error}", err=True)
            ctx.exit(2)


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def main() -> None:
    """See, test and use hyperbolic fine-tuning of language models.

    MODEL is `bundled` (a small model that ships with hypviz), a folder in Hugging Face format, a GGUF file, or a hub id such as org/name
    or org/name/file.gguf. `models` lists those on this machine.
    Problem files are JSON lines with question and answer, or JSON with instruction, output and answer.

    \b
    A first walk, without a network:
      python -m hypviz disk bundled --json
      python -m hypviz frequency bundled --corpus bundled
      python -m hypviz delta bundled --prompts bundled --limit 100
      python -m hypviz finetune bundled --problems two-step --steps 150 --out my-run
      python -m hypviz generate bundled --adapter lora=my-run/adapter/lora --prompt "Tom has 12 apples ..."
    """
    _quiet()


def _sentence(error: click.ClickException) -> str:
    """What is wrong with the command line, and where its help is."""
    where = getattr(error, "ctx", None)
    command = where.command_path if where is not None else "python -m hypviz"
    return f"{error.format_message().rstrip('.')}; see {command} --help."


def _quiet() -> None:
    """Keep the libraries' own bars, banners and deprecation notes off the terminal; hypviz says what matters itself."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
