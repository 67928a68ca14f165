# SPDX-License-Identifier: GPL-3.0-or-later
"""liblo's binding for Python, whatever the Debian calls it."""
try:
    import liblo  # noqa: F401 (for the tests)
except ModuleNotFoundError:
    import pyliblo3 as liblo  # Debian 13
