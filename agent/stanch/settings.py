"""The settings of one run: the only reader of the environment and of stanch.toml.

Every setting is `STANCH_NAME` in the environment or `name` in `$STANCH_HOME/stanch.toml`;
the environment wins. Three that other programs share may also have their own names,
KUBECONFIG, OPENAI_BASE_URL and OPENAI_API_KEY. These are the weakest: a KUBECONFIG that is
set for other work must not point a home at another cluster.
"""

import os
import pwd
import tomllib
from pathlib import Path
from typing import Annotated, Any

from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

_SHARED = {
    "kubeconfig": "KUBECONFIG",
    "openai_base_url": "OPENAI_BASE_URL",
    "openai_api_key": "OPENAI_API_KEY",
}
_NOT_IN_FILE = {"home", "user", "audit_key", "openai_api_key", "prometheus_token"}


class SettingsError(Exception):
    """A setting is missing or cannot be read; the sentence names it and how to mend it."""


class Settings(BaseModel):
    """What one deployment of stanch is told from outside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path
    """Where all state lies."""
    user: str
    """Who runs this process, by the operating system."""
    kubeconfig: Path | None = None
    context: str | None = None
    """The kubeconfig context that looks."""
    act_context: str | None = None
    """The kubeconfig context that changes; the one that looks when not set."""
    prometheus_url: str | None = None
    prometheus_token: SecretStr | None = None
    clock: Path | None = None
    runbooks: Path | None = None
    """A folder of own runbooks, beside those that ship."""
    policy: Path | None = None
    """The policy file; `policy.yaml` in the home when not set."""
    audit_key: SecretStr | None = None
    model: str | None = None
    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    model_tokens: Annotated[int, Field(gt=0)] = 60_000
    model_seconds: Annotated[float, Field(gt=0)] = 120.0
    step_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    step_bytes: Annotated[int, Field(ge=1024)] = 512 * 1024

    @property
    def policy_file(self) -> Path:
        """The policy that is in force."""
        return self.policy or self.home / "policy.yaml"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be stored or shown."""
        held = (self.prometheus_token, self.audit_key, self.openai_api_key)
        return tuple(value for one in held if one and (value := one.get_secret_value()))


def read(environment: dict[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsError: the file or a value cannot be read.
    """
    env = dict(os.environ) if environment is None else environment  # noqa: TID251 - the one place
    home = Path(env.get("STANCH_HOME") or user_state_path("stanch")).expanduser().absolute()
    file = home / "stanch.toml"
    shared = {name: env[variable] for name, variable in _SHARED.items() if env.get(variable)}
    own = {
        name: text
        for name in Settings.model_fields
        if (text := env.get(f"STANCH_{name.upper()}")) and name != "user"
    }
    values: dict[str, Any] = {**shared, **_from_file(file), **own}
    values |= {"home": home, "user": _user()}
    if isinstance(values.get("kubeconfig"), str) and os.pathsep in values["kubeconfig"]:
        raise SettingsError(
            "KUBECONFIG names several files; set STANCH_KUBECONFIG to the one to use"
        )
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        raise SettingsError(
            f"the setting '{name}' is not usable: {first['msg']}. "
            f"Mend STANCH_{name.upper()} in the environment or '{name}' in {file}"
        ) from None


def _user() -> str:
    """Return who runs this process, by the operating system and nothing else."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    if secret := sorted(_NOT_IN_FILE & set(values)):
        raise SettingsError(f"{file} may not hold '{secret[0]}': set it in the environment")
    return values
