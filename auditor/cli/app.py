"""`app`: start the app from this terminal, on a data set where one is named."""

from __future__ import annotations

import argparse

from auditor.cli._facts import add_json
from auditor.cli._opening import add_data_arguments, open_data, open_workspace
from auditor.cli._serve import serve

NAME = "app"
HELP = "start the app until Ctrl-C, on a data set where one is named, and print its address"
EXAMPLE = "app RAF-DB/basic --workspace W --open"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    add_data_arguments(parser, optional=True)
    parser.add_argument("--port", type=int, metavar="N", help="listen on this port (default: 8501, or else a free one)")
    parser.add_argument("--open", action="store_true", help="open it in the browser too")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Register the data set and start the app."""
    from auditor.store.store import Store

    workspace = open_workspace(args).make()
    if args.data is None:
        return serve(args, workspace, browse=args.open)
    dataset = open_data(args)
    with Store.opened(workspace) as store:
        dataset = store.datasets.register(dataset).dataset
    return serve(args, workspace, page="overview", key=dataset.key, browse=args.open)
