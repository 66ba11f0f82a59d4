import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from services.log import configure_logging


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _fail(name: str) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("log_format", ["json", "pretty"])
def test_a_traceback_shows_no_local_variables(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(log_format)  # type: ignore[arg-type]
    name = "Aino " + "Virtanen"

    try:
        _fail(name)
    except ZeroDivisionError:
        structlog.get_logger("test").exception("failed")

    logged = capsys.readouterr().err
    assert "ZeroDivisionError" in logged
    assert name not in logged


def test_what_is_bound_to_the_context_is_logged_as_json_also_for_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")

    with structlog.contextvars.bound_contextvars(ledger="keha"):
        logging.getLogger("uvicorn").warning("slow by %d ms", 7)

    logged = json.loads(capsys.readouterr().err)
    assert {key: logged[key] for key in ("event", "ledger", "level", "logger")} == {
        "event": "slow by 7 ms",
        "ledger": "keha",
        "level": "warning",
        "logger": "uvicorn",
    }
