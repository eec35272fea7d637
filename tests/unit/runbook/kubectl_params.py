"""The parameters that the commands of the kubectl tests may use."""

from stanch.runbook.model import Param

PARAMS = {
    "namespace": Param(type="dns-label"),
    "deployment": Param(type="dns-subdomain"),
    "pod": Param(type="dns-subdomain"),
    "version": Param(type="label-value"),
    "count": Param(type="integer"),
}
