"""Ask a module that imports torch in a process of its own, because the app must not import it."""

import subprocess
import sys
from dataclasses import dataclass

from auditor import locations
from auditor.config import RunConfig
from auditor.jobs.environment import prepare

LONGEST_REASON = 400  # characters of the last line of an error


@dataclass(frozen=True)
class Outcome:
    """The outcome of a process.

    Attributes:
        result: The last line of its standard output; '' where it has none.
        reason: Why it failed, in the last line of its standard error; '' where it did not fail.
        status: Its exit status.
    """

    result: str
    reason: str
    status: int


def ask(module: str, arguments: list[str], config: RunConfig, patience: float) -> Outcome:
    """Run a module with a configuration on its standard input, and return its outcome.

    Args:
        module: Its name, such as 'auditor.jobs.probing'; its last line of output is the result.
        arguments: Its arguments.
        config: The configuration of a run.
        patience: The most seconds that it may take.

    Raises:
        TimeoutError: It took longer, and was ended.
    """
    environment = locations.child_environment()
    prepare(environment)
    try:
        answer = subprocess.run(
            [sys.executable, "-m", module, *arguments], input=config.to_json(), capture_output=True, text=True,
            timeout=patience, env=environment, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{module} took more than {patience:.0f} seconds") from error
    lines = answer.stdout.splitlines()
    if lines and not answer.returncode:
        return Outcome(lines[-1], "", 0)
    errors = answer.stderr.strip().splitlines()
    return Outcome("", errors[-1][:LONGEST_REASON] if errors else "the process ended early", answer.returncode)
