"""gh and glab: issues, pipelines and releases of a forge, and its interface by hand."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, flag_name, program, refuse
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word
from stanch.tools.operations.http_effects import Request, effect_of

_GH: Final = program(
    observe="""
        issue list, issue ls, pr ls, run ls, workflow ls, release ls, repo ls, cache ls,
        issue view, issue status, pr list, pr view, pr status, pr diff, pr checks,
        run list, run view, workflow list, workflow view, release list, release view, repo view,
        repo list, gist list, gist view, label list, search code, search commits, search issues,
        search prs, search repos, status, auth status, cache list, variable list, variable get,
        secret list, ruleset list, ruleset view, ruleset check, project list, project view,
        project item-list, org list, ssh-key list, gpg-key list, extension list, alias list,
        config list, config get, version, attestation verify, codespace list
    """,
    mutate="""
        issue create, issue comment, issue close, issue reopen, issue edit, issue lock,
        issue unlock, issue pin, issue unpin, issue develop, pr create, pr comment, pr close,
        pr reopen, pr edit, pr review, pr ready, pr merge, pr checkout, pr lock, pr unlock,
        pr update-branch, run rerun, run cancel, run download, workflow run, workflow enable,
        workflow disable, release create, release edit, release upload, release download,
        repo clone, repo fork, repo create, repo archive, repo unarchive, repo set-default,
        gist create, label create, label clone, auth login, auth logout, auth refresh,
        variable set, repo sync, project item-add, project item-edit, auth setup-git
    """,
    hidden="auth token, auth status -t",
    endless="run watch, pr checks --watch",
    values="-R --repo --hostname",
    calm="""
        --add-label --remove-label --add-assignee --remove-assignee
        --add-project
    """,
    worse={"--admin": Answer.DESTRUCTIVE, "--show-token": "its answer holds secrets"},
)
_GLAB: Final = program(
    observe="""
        issue list, issue view, mr list, mr view, mr diff, mr issues, mr approvers, ci list,
        ci status, ci get, ci lint, pipeline list, pipeline status, release list, release view,
        repo view, repo search, repo contributors, label list, variable list, schedule list,
        auth status, version, snippet view, incident list, incident view, user events,
        deploy-key list, ssh-key list
    """,
    mutate="""
        issue create, issue note, issue close, issue reopen, issue update, mr create, mr note,
        mr close, mr reopen, mr update, mr approve, mr merge, mr checkout, mr rebase, mr todo,
        mr revoke, ci run, ci retry, ci trigger, pipeline run, release create, release upload,
        release download, repo clone, repo fork, repo archive, label create, schedule run,
        schedule create, auth login, incident note, incident close, incident reopen,
        variable set, mr subscribe, mr unsubscribe
    """,
    hidden="variable get, variable export, auth token, token",
    endless="ci trace, ci view",
    values="-R --repo -g --group",
)
_FIELDS: Final = frozenset({"-f", "-F", "--field", "--raw-field", "--input", "--form"})
_WITH_VALUE: Final = frozenset(
    {
        *("-f", "-F", "--field", "--raw-field", "--input", "--form", "-X", "--method", "-H"),
        *("--header", "--hostname", "-q", "--jq", "-t", "--template", "--cache", "-p", "--preview"),
    }
)


def _api(name: str, words: tuple[Word, ...]) -> Answer:
    """Judge a request that is written by hand, as the HTTP operations judge theirs."""
    method, path, fields = "", "", []
    at = 0
    while at < len(words):
        text = shown(words[at])
        flag = flag_name(words[at])
        if flag is None:
            path = path or text
            at += 1
            continue
        while text[:2] == "-i" and len(text) > 2:
            # -i has no value, so another option may stand behind it in the same word.
            text = f"-{text[2:]}"
        short = text[:2] if text[1:2] != "-" else text.partition("=")[0]
        value = text[2:].removeprefix("=") if short == text[:2] else text.partition("=")[2]
        if short in _WITH_VALUE and not value:
            at += 1
            value = shown(words[at]) if at < len(words) else ""
        if short in {"-X", "--method"}:
            method = value.upper()
        if short in _FIELDS:
            fields.append((value.partition("=")[0], value.partition("=")[2]))
        at += 1
    if "token" in path or "secret" in path:
        refuse(name, "hidden")
    asked = method or ("POST" if fields else "GET")
    place, _, query = f"/{path.lstrip('/')}".partition("?")
    pairs = [(pair.partition("=")[0], pair.partition("=")[2]) for pair in query.split("&") if pair]
    if asked == "GET":
        pairs += fields
        fields = []
    try:
        effect = effect_of(Request(asked, place, pairs, (), None, fields))
    except ValueError:
        return Answer.DESTRUCTIVE
    return Answer(int(effect))


def _gh(name: str, words: tuple[Word, ...]) -> Answer:
    if words and words[0] == ("api",):
        return _api(name, words[1:])
    return (_GH if name == "gh" else _GLAB).read(name, words)


READERS: Final[dict[str, Reader]] = {"gh": _gh, "glab": _gh}
