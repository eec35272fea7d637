"""The errors that a surface shows as one sentence, whatever part they come from."""

from stanch.approvals import ApprovalError
from stanch.clock import ClockError
from stanch.policy import PolicyError
from stanch.service.intake import IntakeError
from stanch.settings import SettingsError
from stanch.store import StoreError

SHOWN = (ApprovalError, ClockError, IntakeError, PolicyError, SettingsError, StoreError)
"""Errors whose message says what, where and how to mend it."""
