"""az: every word before the first flag belongs to the verb, and the last one says what is done."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, flag_name, listed, raised, refuse
from stanch.runbook.grammar.slots import literal
from stanch.runbook.words import Word

_OBSERVE: Final = listed(
    """list show exists wait version query validate what-if list-sizes list-skus list-usage
    list-instances list-locations list-ip-addresses list-available-ips list-nics
    list-vm-resize-options list-vm-sizes list-effective-nsg list-images list-offers
    list-publishers list-definitions list-metrics list-deleted list-operations list-runs
    list-dbs list-editions list-usages list-configuration show-effective-route-table
    show-next-hop show-usage show-topology show-tags show-manifests get-instance-view
    get-boot-log get-versions get-upgrades get-metadata check-name check-health check-acr
    list-defender list-private-links show-backend-health show-health"""
)
_MUTATE: Final = listed(
    """create start stop restart update add set attach detach enable disable assign deallocate
    scale tag lock login logout resize rotate sync deploy get-credentials
    power-off redeploy register join swap open-port reapply cancel-upgrade copy
    promote enable-addons disable-addons"""
)
_SCRIPTS: Final = listed(
    "run-command invoke exec interactive ssh connect rest repl shell execute tunnel"
)
_SECRETS: Final = listed(
    """get-access-token list-keys list-credentials list-connection-strings generate-sas
    show-connection-string list-publishing-credentials list-publishing-profiles list-secrets
    list-admin-keys list-query-keys list-credentials-sets appsettings"""
)
_SECRET_GROUPS: Final = frozenset(
    {"secret", "keys", "key", "credential", "credentials", "sas", "connection-string"}
)


def _read(program: str, words: tuple[Word, ...]) -> Answer:
    said: list[str] = []
    for word in words:
        if flag_name(word) is not None:
            break
        if not isinstance(word[0], str):
            break
        said.append(literal(word, "What az is asked for"))
    flags = [flag for word in words if (flag := flag_name(word))]
    if not said:
        return Answer.OBSERVE if not words else Answer.DESTRUCTIVE
    verb = said[-1]
    if _SECRETS.intersection(said) or any(part.endswith("-keys") for part in said):
        refuse(program, "hidden")
    looks = verb in _OBSERVE
    if (
        looks
        and _SECRET_GROUPS.intersection(said[:-1])
        and not (said[:2] == ["keyvault", "secret"] and verb == "list")
    ):
        refuse(program, "hidden")
    if "tail" in said or "--follow" in flags:
        refuse(program, "endless")
    if _SCRIPTS.intersection(said):
        return Answer.SCRIPT
    if looks:
        return raised(flags)
    return max(Answer.MUTATE, raised(flags)) if verb in _MUTATE else Answer.DESTRUCTIVE


READERS: Final[dict[str, Reader]] = {"az": _read}
