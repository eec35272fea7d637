"""The settings of one run: the only reader of the environment and of stanch.toml.

Every setting is `STANCH_NAME` in the environment or `name` in `$STANCH_HOME/stanch.toml`;
the environment wins. Three that other programs share may also have their own names,
KUBECONFIG, OPENAI_BASE_URL and OPENAI_API_KEY. These are the weakest: a KUBECONFIG that is
set for other work must not point a home at another cluster.

The tables of stanch.toml name the targets (see stanch.settings.targets); a secret of a
table comes from the variable NAME_env or the file NAME_file and never stands in the file.
"""

import os
import pwd
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from platformdirs import user_state_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from stanch.settings.inventory import InventoryError, read_inventory
from stanch.settings.targets import Targets

_SHARED = {
    "kubeconfig": "KUBECONFIG",
    "openai_base_url": "OPENAI_BASE_URL",
    "openai_api_key": "OPENAI_API_KEY",
}
_NOT_IN_FILE = {"home", "user", "store", "audit_key", "openai_api_key", "prometheus_token", "token"}
_TABLES = frozenset(Targets.model_fields)
_SECRET_KEYS = frozenset({"password", "act_password", "value", "token"})


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
    store: SecretStr | None = None
    """The URL of the PostgreSQL that several machines share; a file of the home when not set."""
    audit_key: SecretStr | None = None
    token: SecretStr | None = None
    """Says who gives a command where the operating system cannot; see `stanch token`."""
    model: str | None = None
    openai_base_url: str | None = None
    openai_api_key: SecretStr | None = None
    model_tokens: Annotated[int, Field(gt=0)] = 60_000
    model_seconds: Annotated[float, Field(gt=0)] = 120.0
    step_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    step_bytes: Annotated[int, Field(ge=1024)] = 512 * 1024
    reads_at_once: Annotated[int, Field(ge=1, le=256)] = 32
    """How many reads of an incident run side by side."""
    targets: Targets = Targets()
    """The hosts, databases, endpoints and services, from the tables of stanch.toml."""

    @property
    def policy_file(self) -> Path:
        """The policy that is in force."""
        return self.policy or self.home / "policy.yaml"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be stored or shown."""
        held = (
            *(self.prometheus_token, self.audit_key, self.openai_api_key, self.token, self.store),
            *self.targets.secrets,
        )
        values = [one.get_secret_value() for one in held if one]
        return tuple(value for value in (*values, self._store_password) if value)

    @property
    def store_url(self) -> str | None:
        """The URL of the shared store in clear, for who opens it."""
        return self.store.get_secret_value() if self.store else None

    @property
    def _store_password(self) -> str:
        try:
            return unquote(urlsplit(self.store_url or "").password or "")
        except ValueError:
            return ""


def read(environment: dict[str, str] | None = None) -> Settings:
    """Read the settings of this process.

    Raises:
        SettingsError: the file or a value cannot be read.
    """
    env = dict(os.environ) if environment is None else environment  # noqa: TID251 - the one place
    if env.get("STANCH_TOKEN") == "":
        # A job whose secret is missing must not act in the name of the system's user.
        raise SettingsError("STANCH_TOKEN is set and empty: set it to a token, or unset it")
    home = Path(env.get("STANCH_HOME") or user_state_path("stanch")).expanduser().absolute()
    file = home / "stanch.toml"
    shared = {name: env[variable] for name, variable in _SHARED.items() if env.get(variable)}
    own = {
        name: text
        for name in Settings.model_fields
        if (text := env.get(f"STANCH_{name.upper()}")) and name not in {"user", "targets"}
    }
    written = _from_file(file)
    tables = {name: written.pop(name) for name in _TABLES & written.keys()}
    values: dict[str, Any] = {**shared, **written, **own}
    values["targets"] = _with_secrets(tables, file, env)
    values |= {"home": home, "user": _user()}
    if isinstance(values.get("kubeconfig"), str) and os.pathsep in values["kubeconfig"]:
        raise SettingsError(
            "KUBECONFIG names several files; set STANCH_KUBECONFIG to the one to use"
        )
    try:
        settings = Settings.model_validate(values)
        return _with_inventory(settings, file)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        if name == "targets":
            place = ".".join(str(part) for part in first["loc"][1:])
            raise SettingsError(f"{file}: '{place}' is not usable: {first['msg']}") from None
        raise SettingsError(
            f"the setting '{name}' is not usable: {first['msg']}. "
            f"Mend STANCH_{name.upper()} in the environment or '{name}' in {file}"
        ) from None


def _with_inventory(settings: Settings, file: Path) -> Settings:
    """Return the settings with the hosts and groups of the inventory; the file's own win."""
    targets = settings.targets
    if targets.ssh.inventory is None:
        return settings
    path = file.parent / targets.ssh.inventory.expanduser()
    try:
        hosts, groups = read_inventory(path)
        for name, table in targets.hosts.items():
            hosts[name] = {**hosts.get(name, {}), **table.model_dump(exclude_unset=True)}
        together = {**targets.model_dump(), "hosts": hosts, "groups": {**groups, **targets.groups}}
        return settings.model_copy(update={"targets": Targets.model_validate(together)})
    except InventoryError as error:
        raise SettingsError(f"{file}: 'ssh.inventory': {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{path}: '{place}' is not usable: {first['msg']}") from None


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
    if secret := sorted((_NOT_IN_FILE | {"targets"}) & set(values)):
        raise SettingsError(f"{file} may not hold '{secret[0]}': set it in the environment")
    return values


def _with_secrets(value: Any, file: Path, env: dict[str, str], place: str = "") -> Any:
    """Return the tables with the secrets that they name in place."""
    if not isinstance(value, dict):
        return value
    if held := sorted(_SECRET_KEYS & {key for key, one in value.items() if isinstance(one, str)}):
        name = held[0]
        raise SettingsError(
            f"{file} may not hold '{place}{name}': name a variable in '{place}{name}_env' "
            f"or a file in '{place}{name}_file'"
        )
    found: dict[str, Any] = {}
    for key, one in value.items():
        name, _, source = key.rpartition("_")
        if name in _SECRET_KEYS and source in {"env", "file"}:
            found[name] = _secret(str(one), source, file, env, f"{place}{key}")
        else:
            found[key] = _with_secrets(one, file, env, f"{place}{key}.")
    return found


def _secret(named: str, source: str, file: Path, env: dict[str, str], place: str) -> SecretStr:
    """Return the secret that is kept in a variable or a file."""
    if source == "env":
        if not env.get(named):
            raise SettingsError(f"{file}: '{place}' names the variable {named}, which is not set")
        return SecretStr(env[named])
    path = Path(named).expanduser()
    try:
        text = (path if path.is_absolute() else file.parent / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{file}: '{place}' names {path}, which cannot be read: {error}"
        ) from None
    if not text.strip():
        raise SettingsError(f"{file}: '{place}' names {path}, which is empty")
    return SecretStr(text.strip())
