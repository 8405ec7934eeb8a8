"""Settings of a whole process, made in one of its own."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import gc, os, sys
from bot.processes.tuning import freeze_loaded_objects, prepare_bot_process

prepare_bot_process()
freeze_loaded_objects()
print(f"{sys.getswitchinterval():.4f}", gc.get_freeze_count() > 0, end=" ")
print(getattr(os, "sched_getscheduler", lambda _: None)(0), end="")
"""


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone has it")
def test_a_process_is_prepared_as_its_functions_say() -> None:
    said = subprocess.check_output([sys.executable, "-c", PROGRAM], text=True)
    assert said == f"0.0001 True {os.SCHED_BATCH}"
