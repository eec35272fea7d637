"""Values that no patch of a Kubernetes object sets or tells: programs to load, and secrets; pure.

A change is put on record with the values before and after it. What may be a secret is
therefore in no change at all, and a person sees to it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from stanch.tools.operations.http_secrets import looks_like_credential

SECRET_VARIABLE: Final = re.compile(
    r"pass(w|$|_)|pwd|secret|token|credential|key|dsn", re.IGNORECASE
)
"""Stands in the names of variables whose values may be secrets."""
_LOADS: Final = re.compile(
    r"(LD|DYLD)_.*|PATH|BASH_ENV|BASHOPTS|BASH_FUNC_.*|SHELL|SHELLOPTS|PROMPT_COMMAND|PS4|ENV|IFS"
    r"|CLASSPATH|GCONV_PATH|GLIBC_TUNABLES|NODE_OPTIONS|NODE_PATH|JAVA_TOOL_OPTIONS"
    r"|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|PYTHON(PATH|HOME|STARTUP|INSPECT|BREAKPOINT)"
    r"|GUNICORN_CMD_ARGS|PERL5(LIB|OPT|DB)|RUBY(LIB|OPT)|GEM_(HOME|PATH)|BUNDLE_GEMFILE"
    r"|LUA_(INIT|C?PATH)(_.*)?|PHPRC|PHP_INI_SCAN_DIR|ERL_(A|Z)?FLAGS|ERL_LIBS|R_(PROFILE|ENVIRON).*"
    r"|DOTNET_STARTUP_HOOKS|ASPNETCORE_HOSTINGSTARTUPASSEMBLIES|CORECLR_.*|COR_.*"
    r"|OPENSSL_(CONF|ENGINES|MODULES)|GIT_.*|EDITOR|VISUAL|PAGER"
)
"""Variables that have a program load another one."""
_JAVA_LOADS: Final = re.compile(
    r"(?:-javaagent:|-agentlib:|-agentpath:|-Xbootclasspath|-XX:On(?:OutOfMemory)?Error=|-XX:Flags="
    r"|-XX:VMOptionsFile=).*?(?=\s+-|\Z)",
    re.DOTALL,
)
"""Options of a Java machine that have it load or run a program, in whichever variable."""


def wrong_variable(name: str, before: Any, after: Any) -> str | None:
    """Return why the value of a variable is not to be changed; None when it may be."""
    if _LOADS.fullmatch(name) or _java_loads(before) != _java_loads(after):
        return f"the variable {name} says which program runs"
    if SECRET_VARIABLE.search(name):
        return f"the variable {name} may be a secret, whose value is on no record"
    return None


def _java_loads(value: Any) -> list[str]:
    return _JAVA_LOADS.findall(value) if isinstance(value, str) else []


def tells_credential(*values: Any) -> bool:
    """Say whether a text in JSON values has the form of a credential."""
    rest = list(values)
    while rest:
        match rest.pop():
            case str() as text if looks_like_credential(text):
                return True
            case Mapping() as found:
                rest += [*found.keys(), *found.values()]
            case list() | tuple() as found:
                rest += found
            case _:
                pass
    return False
