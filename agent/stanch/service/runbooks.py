"""The runbooks of a deployment: those that ship, and its own."""

from stanch.diagnosis.findings import FINDINGS
from stanch.diagnosis.signs import SIGNS
from stanch.library import bundled
from stanch.runbook.folder import Folder, read_folder
from stanch.settings import Settings, SettingsError


def runbooks(settings: Settings) -> Folder:
    """Read the runbooks that ship and the deployment's own, which win where names are equal.

    Raises:
        SettingsError: the folder of own runbooks is none.
    """
    folders = [bundled("runbooks")]
    if settings.runbooks is not None:
        if not settings.runbooks.is_dir():
            raise SettingsError(f"STANCH_RUNBOOKS is no folder: {settings.runbooks}")
        folders.append(settings.runbooks)
    return read_folder(*folders, signs=frozenset(SIGNS), finding_names=frozenset(FINDINGS))
