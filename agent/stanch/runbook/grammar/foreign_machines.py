"""What builds and configures machines: terraform, ansible, nomad, packer, and their kin."""

from typing import Final

from stanch.runbook.grammar.foreign_table import Answer, Reader, program, refuse
from stanch.runbook.grammar.slots import shown
from stanch.runbook.words import Word

_TERRAFORM: Final = program(
    observe="""
        plan, show, output, validate, version, providers, graph, state list, state show,
        workspace list, workspace show, metadata functions, providers schema, modules, -version,
        -help
    """,
    mutate="""
        init, import, taint, untaint, refresh, workspace new, workspace select, get, login,
        logout, fmt, providers lock, providers mirror
    """,
    script="console",
    hidden="state pull",
    values="-chdir",
    calm="""
        -refresh -refresh-only -lock -target -replace -no-color -destroy -upgrade -reconfigure
        -migrate-state -input -compact-warnings -parallelism
    """,
    worse={
        "--raw": "its answer holds secrets",
        "-raw": "its answer holds secrets",
        "-generate-config-out": Answer.MUTATE,
    },
)
_NOMAD: Final = program(
    observe="""
        status, version, job status, job history, job inspect, job deployments, job allocs,
        job plan, job validate, job list, node status, alloc status, alloc logs, alloc fs,
        alloc checks, logs, eval list, eval status, deployment list, deployment status,
        server members, operator raft list-peers, operator autopilot get-config,
        operator autopilot health, operator scheduler get-config, namespace list,
        namespace status, service list, service info, volume status, quota list,
        scaling policy list
    """,
    mutate="""
        job run, run, job stop, stop, job restart, job scale, job revert, job promote,
        job dispatch, job periodic force, job eval, node drain, node eligibility, alloc restart,
        alloc stop, alloc signal, deployment promote, deployment fail, deployment pause,
        deployment resume, deployment unblock, operator snapshot save, server join,
        namespace apply, start, job start
    """,
    script="alloc exec, exec",
    hidden="""
        var get, acl token, acl bootstrap, operator keyring, operator gossip
    """,
    endless="monitor, ui",
    values="-address -region -namespace -token -ca-cert -client-cert -client-key",
    worse={"-f": "it never ends by itself", "-purge": Answer.DESTRUCTIVE},
)
_PULUMI: Final = program(
    observe="preview, stack ls, version, whoami, about, logs, stack history",
    hidden="stack output, config",
    mutate="stack select, stack init, refresh, login, logout",
    values="-s --stack -C --cwd",
)
_KNIFE: Final = program(
    observe="""
        node list, node show, role list, role show, status, search, cookbook list,
        cookbook show, environment list, environment show, client list, client show,
        data bag list, tag list
    """,
    mutate="""
        node run_list add, tag create, node environment set, cookbook upload, node tag add,
        role from file, environment from file
    """,
    hidden="data bag show, vault show, vault",
    script="ssh, exec, winrm, bootstrap",
    values="-c --config -E --environment",
)
_OPENSTACK: Final = program(
    observe="""
        server list, server show, image list, image show, flavor list, volume list, volume show,
        network list, network show, subnet list, port list, port show, router list,
        hypervisor list, hypervisor show, hypervisor stats show, compute service list,
        network agent list, floating ip list, security group list, security group rule list,
        project list, quota show, limits show, service list, endpoint list,
        availability zone list, server event list, console log show, stack list, stack show
    """,
    mutate="""
        server start, server stop, server reboot, server pause, server unpause, server suspend,
        server resume, server migrate, server create, server add volume, volume create,
        server lock, server unlock, floating ip create, server add floating ip,
        server add security group, server set
    """,
    hidden="token issue, credential show, credential list, secret get",
    values="--os-cloud --os-project-name --os-region-name",
)
_FASTLY: Final = program(observe="version, service list, service describe, whoami, stats")
_DOCTL: Final = program(
    observe="""
        account get, compute droplet list, compute droplet get, databases list, databases get,
        kubernetes cluster list, kubernetes cluster get, compute volume list, balance get,
        version
    """,
    mutate="""
        compute droplet create, compute droplet-action reboot, compute droplet-action power-on,
        kubernetes cluster kubeconfig save, compute droplet-action shutdown,
        compute droplet-action power-off
    """,
    values="--context",
)
_CLOUDFLARED: Final = program(observe="version, tunnel list, tunnel info")
_AMTOOL: Final = program(
    observe="""
        alert query, alert, silence query, check-config, config show, config routes,
        config routes show, config routes test, cluster show, version
    """,
    mutate="silence add, silence update, silence import, silence expire, alert add",
    values="--alertmanager.url --config.file -o --output --timeout",
    switches="-v --verbose",
)
_PROMTOOL: Final = program(
    observe="""
        check config, check rules, check metrics, check healthy, check ready, check web-config,
        query instant, query range, query series, query labels, query analyze, test rules,
        tsdb list, tsdb analyze, promql format
    """,
    mutate="""
        push metrics, tsdb create-blocks-from openmetrics, tsdb create-blocks-from rules,
        debug all
    """,
)
_LOGCLI: Final = program(
    observe="""
        query, instant-query, labels, series, stats, volume, volume_range, detected-fields, fmt
    """,
    values="--addr --username --org-id --timezone -o --output",
    switches="-q --quiet",
    worse={"-f": "it never ends by itself", "--tail": "it never ends by itself"},
)


def _script(name: str, words: tuple[Word, ...]) -> Answer:
    """Judge what runs a play, a recipe or a command on many machines."""
    del name, words
    return Answer.SCRIPT


_LISTS: Final = frozenset({"--list-hosts", "--list-tasks", "--list-tags", "--syntax-check"})
_MORE: Final = frozenset({"-a", "--args", "-e", "--extra-vars", "--module-name", "-M"})


def _ansible(name: str, words: tuple[Word, ...]) -> Answer:
    said = [shown(word) for word in words]
    if _LISTS.intersection(said):
        return Answer.OBSERVE
    module = said[said.index("-m") + 1 :][:1] if said.count("-m") == 1 else []
    asks = name == "ansible" and module in (["ping"], ["setup"]) and not _MORE.intersection(said)
    return Answer.OBSERVE if asks else _script(name, words)


def _inventory(name: str, words: tuple[Word, ...]) -> Answer:
    del name
    said = {shown(word).partition("=")[0] for word in words}
    # The beginning of an option is enough for the option.
    writes = any("--output".startswith(flag) and len(flag) > 2 for flag in said)
    return Answer.MUTATE if writes else Answer.OBSERVE


def _vault(name: str, words: tuple[Word, ...]) -> Answer:
    if words and words[0] in {("view",), ("decrypt",)}:
        refuse(name, "hidden")
    return Answer.DESTRUCTIVE


def _terraform(name: str, words: tuple[Word, ...]) -> Answer:
    said = [shown(word) for word in words]
    if "fmt" in said and "-check" in said and not {"-write=true", "-write"} & set(said):
        return Answer.OBSERVE
    return _TERRAFORM.read(name, words)


READERS: Final[dict[str, Reader]] = {
    "terraform": _terraform,
    "tofu": _terraform,
    "terragrunt": _terraform,
    "ansible": _ansible,
    "ansible-playbook": _ansible,
    "ansible-pull": _script,
    "ansible-console": _script,
    "ansible-inventory": _inventory,
    "ansible-vault": _vault,
    "salt": _script,
    "salt-call": _script,
    "salt-run": _script,
    "chef-client": _script,
    "chef-solo": _script,
    "puppet": _script,
    "packer": _script,
    "vagrant": _script,
    "fab": _script,
    "nomad": _NOMAD.read,
    "pulumi": _PULUMI.read,
    "knife": _KNIFE.read,
    "openstack": _OPENSTACK.read,
    "doctl": _DOCTL.read,
    "fastly": _FASTLY.read,
    "cloudflared": _CLOUDFLARED.read,
    "amtool": _AMTOOL.read,
    "promtool": _PROMTOOL.read,
    "logcli": _LOGCLI.read,
    "cloud-platform": program().read,
}
