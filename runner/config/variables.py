"""The variables behind `runner.config.settings`, read by pydantic-settings: environment, then `.env`, then secret files."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from runner.errors import Problem

PREFIX = "RUNNER_"

EXPECTED: Mapping[str, str] = {
    "environment": "1 to 32 of a-z, 0-9 and -, not beginning with -",
    "settle_time": "whole seconds from 0 to 86400",
    "vendor_refuses_duplicate_names": "true or false",
    "engine": "local or ray",
    "outcome_days": "whole days from 90 to 36500",
    "push_rate": "whole pushes a second from 1 to 1000000",
}
"""What a variable must be where not every text will do; completes "must be …"."""


class Variables(BaseSettings):
    """The variables as they are written, each with the prefix ``RUNNER_``; empty is the same as absent."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    environment: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")] = "sandbox"
    api_url: str | None = None
    api_key: SecretStr | None = None
    api_secret: SecretStr | None = None
    ledger_url: SecretStr | None = None
    ledger_key: SecretStr | None = None
    sources: Annotated[str, NoDecode] = ""
    receipts: str | None = None
    vendor_timezone: str | None = None
    settle_time: Annotated[int, Field(ge=0, le=86_400)] = 120
    vendor_refuses_duplicate_names: bool = False
    engine: Annotated[str, Field(pattern="^(local|ray)$")] = "local"
    scratch: str | None = None
    push_token: SecretStr | None = None
    push_allow: Annotated[str, NoDecode] = ""
    push_proxies: Annotated[str, NoDecode] = ""
    push_rate: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    outcome_days: Annotated[int | None, Field(ge=90, le=36_500)] = None
    dashboard_token: SecretStr | None = None


KNOWN = frozenset({PREFIX + name.upper() for name in Variables.model_fields} | {"RUNNER_SECRETS_DIR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read.

    Attributes:
        variables: one that is not what it must be has its default.
        problems: what is wrong; no message repeats a value.
        file_names: the names in `.env`, upper case.
    """

    variables: Variables
    problems: tuple[Problem, ...]
    file_names: frozenset[str]


def read_variables(environ: Mapping[str, str], *, env_file: Path | None, secrets_dir: Path | None) -> Read:
    """Return the variables from *environ*, else from *env_file*, else from files in *secrets_dir*."""
    file_names: set[str] = set()
    bound = _bound({name.lower(): value for name, value in environ.items() if value}, file_names)

    def read(fixed: Mapping[str, Any]) -> Variables:
        return bound(_env_file=env_file, _env_file_encoding="utf-8", _secrets_dir=secrets_dir, **fixed)

    with warnings.catch_warnings(record=True) as unusable:
        warnings.simplefilter("always")
        try:
            found, problems = read({}), list[Problem]()
        except ValidationError as error:
            names = _names(error)
            problems = [_wrong(name) for name in names]
            found = read({name: Variables.model_fields[name].default for name in names})
        except (SettingsError, OSError, ValueError):
            message = "`.env` or a file in RUNNER_SECRETS_DIR cannot be read as UTF-8 text"
            found, problems = Variables.model_construct(), [_unreadable(message)]
    if unusable:
        problems.append(_unreadable("a file in RUNNER_SECRETS_DIR is not a regular file inside it"))
    return Read(variables=found, problems=tuple(problems), file_names=frozenset(file_names))


def _bound(environ: Mapping[str, str], file_names: set[str]) -> type[Variables]:
    """Return the class that reads *environ*, its names in lower case, instead of the environment of the process.

    The names that `.env` holds are added to *file_names*.
    """

    class Bound(Variables):
        @classmethod
        def settings_customise_sources(  # noqa: PLR0917  the library's signature
            cls,
            settings_cls: type[BaseSettings],  # noqa: ARG003
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            if isinstance(env_settings, EnvSettingsSource):
                env_settings.env_vars = environ
            if isinstance(dotenv_settings, EnvSettingsSource):
                file_names.update(name.upper() for name in dotenv_settings.env_vars)
            return init_settings, env_settings, dotenv_settings, file_secret_settings

    return Bound


def _names(error: ValidationError) -> list[str]:
    # The location is the variable's full name in lower case where it came from outside.
    return sorted(
        {
            str(found["loc"][0]).lower().removeprefix(PREFIX.lower())
            for found in error.errors(include_input=False)
        }
    )


def _wrong(name: str) -> Problem:
    message = f"{PREFIX}{name.upper()} must be {EXPECTED.get(name, 'text')}"
    return Problem(code="bad-setting", message=message)


def _unreadable(message: str) -> Problem:
    return Problem(code="settings-unreadable", message=message)
